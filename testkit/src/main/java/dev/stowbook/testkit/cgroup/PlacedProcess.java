package dev.stowbook.testkit.cgroup;

import dev.stowbook.spi.cgroup.Placement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A child of the test that placed itself in a group before it ran a shell script, as a keeper's child does: by writing {@code 0} to
 * the {@code tasks} files, and to {@code cgroup.procs} of a v2 directory, since Java has no CLONE_INTO_CGROUP.
 */
public final class PlacedProcess implements AutoCloseable {
    private static final Path PROC = Path.of("/proc");
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private final Process process;

    private PlacedProcess(Process process) {
        this.process = process;
    }

    /** Starts a script and returns when it is in its place, just before its first command. */
    public static PlacedProcess start(Placement placement, String script) throws IOException, InterruptedException {
        var shell = new StringBuilder("set -e; ");
        placement.tasksFiles().forEach(tasks -> shell.append("echo 0 > ").append(tasks).append("; "));
        placement.directory().ifPresent(group -> shell.append("echo 0 > ").append(group).append("/cgroup.procs; "));
        shell.append("set +e; echo placed; ").append(script);
        Process process = new ProcessBuilder("/bin/sh", "-c", shell.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var placed = new byte["placed\n".length()];
        if (process.getInputStream().readNBytes(placed, 0, placed.length) != placed.length) {
            throw new IOException("the child was not placed: " + placement + ", exit status " + process.waitFor());
        }
        return new PlacedProcess(process);
    }

    /** Its process id. */
    public int pid() {
        return (int) process.pid();
    }

    /** Whether it runs (also: is frozen). */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it prints until it ends; call it once. */
    public String output() throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** The next line it prints, with its line feed; empty if it has ended. */
    public String line() throws IOException {
        var bytes = new ByteArrayOutputStream();
        int next;
        do {
            next = process.getInputStream().read();
            if (next >= 0) {
                bytes.write(next);
            }
        } while (next >= 0 && next != '\n');
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Waits for its end. @return its exit status, 128 + signal if it was killed */
    public int exitStatus(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("process " + pid() + " still runs after " + patience);
        }
        return process.exitValue();
    }

    /** A file of its {@code /proc} directory. */
    public String proc(String file) throws IOException {
        return Files.readString(PROC.resolve(Integer.toString(pid())).resolve(file));
    }

    /** User and system time so far in clock ticks: fields 14 and 15 of {@code stat}. */
    public long cpuTicks() throws IOException {
        String stat = proc("stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    /** Kills it if it runs, and closes its pipes. One that a v1 freezer holds dies only when its group thaws: not waited for. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.getInputStream().close();
        process.getOutputStream().close();
    }
}
