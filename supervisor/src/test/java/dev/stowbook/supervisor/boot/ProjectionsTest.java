package dev.stowbook.supervisor.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.image.ProjectedFiles;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectionsTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    private static final PodId POD = new PodId("a".repeat(64));
    private static final ContainerId CONTAINER = new ContainerId("c".repeat(64));

    @TempDir
    Path store;

    private final Workers workers = new Workers("projections");
    private final List<Runnable> due = new ArrayList<>();
    private State state = State.empty();
    private Projections projections;

    @BeforeEach
    void open() throws IOException {
        projections = new Projections(new ProjectedFiles(store), workers, this::after, state);
    }

    @AfterEach
    void close() {
        workers.close();
    }

    private void after(Duration delay, Runnable action) {
        assertEquals(Projections.LULL, delay);
        due.add(action);
    }

    private void durable(Event... events) {
        for (Event event : events) {
            state = Evolve.apply(state, new Recorded(state.sequence() + 1, NOON, event));
            projections.durable(state);
        }
    }

    private void aContainer() {
        PodSpec spec = new PodSpec(
                "web", new TreeMap<>(), Optional.empty(), PodSpec.RestartPolicy.NEVER, Duration.ZERO, NamespaceSpec.defaults(), List.of(),
                Optional.empty(), List.of(), NetworkingSpec.defaults(), ResourceSpec.unlimited());
        durable(
                new PodEvent.PodCreated(POD, spec, "web", List.of(), List.of(), Optional.empty()),
                new ContainerEvent.ContainerCreated(
                        CONTAINER, POD, "main", "box", "sha256:0", new ProcessConfig(List.of("sh"), List.of(), "/", "0:0", "TERM"),
                        ResourceSpec.unlimited(), ProcessSpec.defaults(), SecuritySpec.defaults(), "layer", "parent"));
    }

    private Path mount() {
        return store.resolve("layerdb/mounts/" + CONTAINER.value() + "/mount-id");
    }

    private void lullIsOver() {
        List.copyOf(due).forEach(Runnable::run);
        due.clear();
    }

    private void await(Path file) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!Files.exists(file)) {
            assertTrue(System.nanoTime() < end, file + " was never written");
            Thread.sleep(5);
        }
    }

    @Test
    void aContainerThatComesAndGoesWithinTheLullCostsNoFile() throws Exception {
        aContainer();
        durable(new PodEvent.PodRemoved(POD));
        assertEquals(1, due.size(), "once for all");
        lullIsOver();
        projections.close();
        assertFalse(Files.exists(mount().getParent()), "not even a directory was made");
    }

    @Test
    void oneThatStaysHasItsFilesAfterTheLullAndLosesThemAfterAnother() throws Exception {
        aContainer();
        assertFalse(Files.exists(mount()));
        lullIsOver();
        await(mount());
        assertEquals("layer", Files.readString(mount()));
        durable(new PodEvent.PodRemoved(POD));
        assertEquals(1, due.size(), "it is asked for anew");
        projections.close();
        assertFalse(Files.exists(mount()));
    }

    @Test
    void imagesDoNotWait() throws Exception {
        ImageRun run = new ImageRun(
                List.of(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(), new TreeMap<>());
        String id = "sha256:" + "1".repeat(64);
        durable(new ImageEvent.ImageRegistered(new StoredImage(id, List.of(), run, "amd64", "linux", NOON), "load"));
        await(store.resolve("imagedb/metadata/sha256/" + "1".repeat(64) + "/origin"));
        assertEquals(List.of(), due);
    }

    @Test
    void whatIsStillToBeWrittenIsWrittenWhenTheDaemonEnds() throws Exception {
        aContainer();
        projections.close();
        assertTrue(Files.exists(mount()));
        lullIsOver(); // too late for anything
    }
}
