package dev.stowbook.linux.systemd;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.systemd.UnitProperty.Pids;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A scope that is there before and after the processes it is for. systemd begins a scope with a process and ends it with the last one
 * (systemd.scope(5)); this one is begun with a process of ours that sleeps, until the unit is stopped. Any thread.
 */
public final class LastingScope {
    /** Scopes have OOMPolicy= since 253, whose default stops the unit when the kernel kills one of its processes. */
    private static final int OOM_POLICY_SINCE = 253;

    private static final List<String> SLEEPER = List.of("setsid", "sleep", "infinity");

    private LastingScope() {}

    /**
     * Starts a delegated scope and waits until it is active. {@code sleep} and {@code setsid} have to be in the PATH.
     *
     * @param unit with its suffix
     * @param properties beside those that every such scope has
     * @throws LinuxException as {@link SystemdUnits#start}; then no process is left
     */
    public static void start(SystemdUnits units, String unit, List<UnitProperty> properties, Duration patience) throws LinuxException {
        Process sleeper = sleeper();
        try {
            var all = new ArrayList<>(properties);
            all.add(UnitProperty.flag("Delegate", true));
            all.add(new UnitProperty("PIDs", new Pids(List.of((int) sleeper.pid()))));
            if (units.version() >= OOM_POLICY_SINCE) {
                all.add(UnitProperty.text("OOMPolicy", "continue"));
            }
            units.start(unit, all, patience);
        } catch (LinuxException e) {
            sleeper.destroyForcibly();
            throw e;
        }
    }

    /** In a session of its own, with nothing of ours open; the JVM reaps it when the unit is stopped. */
    private static Process sleeper() throws LinuxException {
        try {
            var builder = new ProcessBuilder(SLEEPER)
                    .directory(Path.of("/").toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().keySet().retainAll(Set.of("PATH"));
            return builder.start();
        } catch (IOException e) {
            throw new LinuxException(Errno.ENOENT, "start", "sleep, for a scope to begin with: " + e.getMessage());
        }
    }
}
