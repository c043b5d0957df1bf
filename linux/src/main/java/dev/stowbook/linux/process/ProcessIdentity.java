package dev.stowbook.linux.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which process is meant, for as long as the record lives: a bare pid is reused. Start time is in clock ticks since boot
 * (proc_pid_stat(5), field 22).
 *
 * @param pid in the initial pid namespace of this daemon
 * @param startTicks when it began
 * @param bootId {@code /proc/sys/kernel/random/boot_id}: after a reboot no process is the same
 */
public record ProcessIdentity(int pid, long startTicks, String bootId) {

    /** The process that has this pid now; empty if there is none. */
    public static Optional<ProcessIdentity> of(int pid) {
        return stat(pid).map(stat -> new ProcessIdentity(pid, stat.startTicks(), currentBootId()));
    }

    /** This boot's id. */
    public static String currentBootId() {
        return Boot.ID;
    }

    /** Whether it still runs: a zombie does not, nor does another process with its pid. */
    public boolean isAlive() {
        return bootId.equals(currentBootId())
                && stat(pid).filter(s -> s.startTicks() == startTicks && s.state() != 'Z' && s.state() != 'X').isPresent();
    }

    private record Stat(char state, long startTicks) {}

    private static Optional<Stat> stat(int pid) {
        String text;
        try {
            text = new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty(); // ENOENT, or ESRCH while reading: it has ended
        }
        // the name in parentheses may hold blanks and parentheses; state is the first field behind it, start time the 20th
        String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
        return Optional.of(new Stat(fields[0].charAt(0), Long.parseLong(fields[19])));
    }

    private static final class Boot {
        static final String ID = read();

        private static String read() {
            try {
                return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            } catch (IOException e) {
                throw new UncheckedIOException("the boot id can't be read; is /proc mounted?", e);
            }
        }
    }
}
