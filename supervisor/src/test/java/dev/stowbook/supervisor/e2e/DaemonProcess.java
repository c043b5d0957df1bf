package dev.stowbook.supervisor.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A daemon in a process of its own, started by the launcher that users have, below a directory of the test's. */
final class DaemonProcess implements AutoCloseable {
    private static final Path REPOSITORY = Path.of(System.getProperty("stowbook.repository", "..")).toAbsolutePath().normalize();

    private final Path directory;
    private final Map<String, String> variables;
    private Process process;

    private DaemonProcess(Path directory, Map<String, String> variables) throws IOException {
        this.directory = directory;
        this.variables = variables;
        this.process = launch();
    }

    /** Starts one and waits until it answers. */
    static DaemonProcess start(Path directory) throws IOException, InterruptedException {
        return start(directory, Map.of());
    }

    /** The same with variables in its environment. */
    static DaemonProcess start(Path directory, Map<String, String> variables) throws IOException, InterruptedException {
        DaemonProcess daemon = new DaemonProcess(directory, variables);
        daemon.awaitReady();
        return daemon;
    }

    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                REPOSITORY.resolve("bin/stowbook").toString(),
                "daemon",
                "--root",
                directory.resolve("root").toString(),
                "--run-dir",
                directory.resolve("run").toString()));
        Path config = directory.resolve("config.yaml");
        if (Files.exists(config)) {
            command.addAll(List.of("--config", config.toString()));
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("daemon.log").toFile()));
        builder.environment().putAll(variables);
        return builder.start();
    }

    Rest rest() {
        return new Rest(directory.resolve("run/api.sock"));
    }

    Path root() {
        return directory.resolve("root");
    }

    Path run() {
        return directory.resolve("run");
    }

    long pid() {
        return process.pid();
    }

    String log() throws IOException {
        return Files.readString(directory.resolve("daemon.log"));
    }

    /** As power to the process is cut: nothing of it gets to run. */
    void killHard() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    void restart() throws IOException, InterruptedException {
        process = launch();
        awaitReady();
    }

    /** Starts without waiting for it to answer. */
    void restartWithoutWaiting() throws IOException {
        process = launch();
    }

    void awaitReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(180).toNanos();
        while (System.nanoTime() < end) {
            try {
                if (rest().get("/v1/info").status() == 200) {
                    return;
                }
            } catch (IOException e) {
                // not there yet
            }
            if (!process.isAlive()) {
                throw new AssertionError("the daemon ended with " + process.exitValue() + ":\n" + log());
            }
            Thread.sleep(20);
        }
        throw new AssertionError("the daemon does not answer:\n" + log());
    }

    /** Makes the image {@code busybox} from the host's. */
    void importBusybox() throws IOException {
        byte[] tar = BusyboxTar.bytes();
        rest().post("/v1/images/import?reference=busybox", "application/x-tar", tar).ok();
    }

    /** Removes every pod by force. */
    void removeAllPods() throws IOException {
        for (var pod : rest().get("/v1/pods").ok().json()) {
            rest().delete("/v1/pods/" + pod.get("id").asText() + "?force=true&grace=0").ok();
        }
    }

    /** Ends it in good order. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the daemon did not end within 90 s of SIGTERM");
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (!process.isAlive()) {
            restart();
        }
        removeAllPods();
        stop();
    }
}
