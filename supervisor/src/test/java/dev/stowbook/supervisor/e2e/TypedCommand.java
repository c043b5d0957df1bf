package dev.stowbook.supervisor.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A shell command line on a terminal of its own, which script(1) makes, with somebody typing. */
final class TypedCommand implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final Process process;
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    private TypedCommand(Process process) {
        this.process = process;
    }

    static TypedCommand start(String commandLine) throws IOException {
        Process process = new ProcessBuilder("script", "-qfec", commandLine, "/dev/null").redirectErrorStream(true).start();
        TypedCommand command = new TypedCommand(process);
        Thread.ofPlatform().daemon().start(command::watch);
        return command;
    }

    private void watch() {
        byte[] buffer = new byte[4096];
        try (InputStream in = process.getInputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                synchronized (this) {
                    screen.write(buffer, 0, count);
                    notifyAll();
                }
            }
        } catch (IOException e) {
            // the command was ended by the test
        }
    }

    void type(String keys) throws IOException {
        process.getOutputStream().write(keys.getBytes(StandardCharsets.ISO_8859_1));
        process.getOutputStream().flush();
    }

    /** Everything on the screen up to now. */
    synchronized String screen() {
        return screen.toString(StandardCharsets.UTF_8);
    }

    synchronized String await(String part) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!screen().contains(part)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("'" + part + "' did not come: '" + screen() + "'");
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
        return screen();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            throw new AssertionError("it did not end: '" + screen() + "'");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
