package dev.stowbook.testkit;

import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** A driver context that keeps what the driver observes. Any thread. */
public final class RecordingDriverContext implements DriverContext {
    private final Path privateDirectory;
    private final Path runDirectory;
    private final String instanceId;
    private final Map<String, String> configuration;
    private final List<Observation> observations = new ArrayList<>();

    /**
     * @param directory below which the driver's two directories are made, if they are not there
     * @param instanceId see {@link TestNames#instanceId}
     * @param configuration the driver's section
     */
    public RecordingDriverContext(Path directory, String instanceId, Map<String, String> configuration) throws IOException {
        this.privateDirectory = Files.createDirectories(directory.resolve("private"));
        this.runDirectory = Files.createDirectories(directory.resolve("run"));
        this.instanceId = instanceId;
        this.configuration = Map.copyOf(configuration);
    }

    @Override
    public Path privateDirectory() {
        return privateDirectory;
    }

    @Override
    public Path runDirectory() {
        return runDirectory;
    }

    @Override
    public String instanceId() {
        return instanceId;
    }

    @Override
    public Map<String, String> configuration() {
        return configuration;
    }

    @Override
    public synchronized void observe(Observation observation) {
        observations.add(observation);
        notifyAll();
    }

    /** Everything observed so far, in order. */
    public synchronized List<Observation> observations() {
        return List.copyOf(observations);
    }

    /** Waits for an observation; empty if none came in time. */
    public synchronized Optional<Observation> await(Duration patience, Predicate<Observation> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            var found = observations.stream().filter(wanted).findFirst();
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (found.isPresent() || millis <= 0) {
                return found;
            }
            wait(millis);
        }
    }
}
