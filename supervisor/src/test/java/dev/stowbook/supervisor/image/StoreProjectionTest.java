package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Docker's files that say again what the book says. */
class StoreProjectionTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    private static final String BLOB = "sha256:" + "b".repeat(64);
    private static final String DIFF = "sha256:" + "d".repeat(64);

    @TempDir
    Path store;

    private State state = State.empty();

    private void happened(Event... events) {
        for (Event event : events) {
            state = Evolve.apply(state, new Recorded(state.sequence() + 1, NOON, event));
        }
    }

    private static String id(char digit) {
        return "sha256:" + String.valueOf(digit).repeat(64);
    }

    private static StoredImage image(char digit) {
        ImageRun run = new ImageRun(
                List.of(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(), new TreeMap<>());
        return new StoredImage(id(digit), List.of(new StoredLayer(DIFF, DIFF, "0".repeat(64), 1)), run, "amd64", "linux", NOON);
    }

    private Map<String, String> files() throws IOException {
        try (var all = Files.walk(store)) {
            return all.filter(Files::isRegularFile).collect(Collectors.toMap(file -> store.relativize(file).toString(), file -> {
                try {
                    return Files.readString(file);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }, (a, b) -> a, TreeMap::new));
        }
    }

    private void aPulledImage() {
        happened(
                new ImageEvent.ImageRegistered(image('1'), "pull"),
                new ImageEvent.BlobsKnown(List.of(new KnownBlob(DIFF, BLOB, 5, "application/gzip", "docker.io/library/nginx"))),
                new ImageEvent.ImageTagged("nginx:latest", id('1')),
                new ImageEvent.ImageTagged("nginx@" + id('9'), id('1')));
    }

    @Test
    void i7_repositoriesHaveRowsOfTagsAndOfDigests() throws Exception {
        aPulledImage();
        new ProjectedFiles(store).restore(state);
        assertEquals(
                "{\"Repositories\":{\"nginx\":{\"nginx:latest\":\"" + id('1') + "\",\"nginx@" + id('9') + "\":\"" + id('1') + "\"}}}",
                files().get("repositories.json"));
    }

    @Test
    void i8_i12_metadataAndDistributionAreWhereDockerHasThem() throws Exception {
        aPulledImage();
        new ProjectedFiles(store).restore(state);
        Map<String, String> files = files();
        assertEquals("2026-01-02T12:00:00Z", files.get("imagedb/metadata/sha256/" + "1".repeat(64) + "/lastUpdated"));
        assertEquals("pull", files.get("imagedb/metadata/sha256/" + "1".repeat(64) + "/origin"));
        assertEquals(DIFF, files.get("distribution/diffid-by-digest/sha256/" + "b".repeat(64)));
        assertEquals(
                "[{\"Digest\":\"" + BLOB + "\",\"SourceRepository\":\"docker.io/library/nginx\",\"HMAC\":\"\"}]",
                files.get("distribution/v2metadata-by-diffid/sha256/" + "d".repeat(64)));
        assertEquals(5, files.size(), files.keySet()::toString);
    }

    @Test
    void i18_whatIsDeletedChangedOrForeignIsMadeAgainByteForByte() throws Exception {
        aPulledImage();
        ProjectedFiles projected = new ProjectedFiles(store);
        projected.restore(state);
        Map<String, String> before = files();
        for (String path : before.keySet()) {
            Files.delete(store.resolve(path));
            assertEquals(List.of(path), projected.wrong(state));
            assertEquals(List.of(path), new ProjectedFiles(store).restore(state));
            Files.writeString(store.resolve(path), "something else");
            assertEquals(List.of(path), new ProjectedFiles(store).restore(state));
        }
        Files.createDirectories(store.resolve("layerdb/mounts/nobody"));
        Files.writeString(store.resolve("layerdb/mounts/nobody/mount-id"), "x");
        assertEquals(List.of("layerdb/mounts/nobody/mount-id"), projected.restore(state));
        assertEquals(before, files());
        assertEquals(List.of(), projected.wrong(state));
    }

    @Test
    void anEmptyStoreHasNothingWrongAndItsFileIsMade() throws Exception {
        ProjectedFiles projected = new ProjectedFiles(store);
        assertEquals(List.of(), projected.wrong(state));
        assertEquals(List.of(), projected.restore(state));
        assertEquals(Map.of("repositories.json", "{\"Repositories\":{}}"), files());
    }

    /** The files follow the book a step behind. */
    @Test
    void whatTheBookHasSaidSinceIsNotHeldAgainstThem() throws Exception {
        happened(new ImageEvent.ImageRegistered(image('1'), "load"), new ImageEvent.ImageTagged("app:1", id('1')));
        ProjectedFiles projected = new ProjectedFiles(store);
        projected.restore(state);
        State before = state;
        happened(new ImageEvent.ImageTagged("app:2", id('1')));
        assertEquals(List.of(), projected.wrong(state));
        assertEquals(List.of(), projected.wrong(before), "nor what it has not heard of that asks");
        assertEquals(List.of(), new ProjectedFiles(store).restore(state), "and they are as new as that");
        Files.writeString(store.resolve("repositories.json"), "something else");
        assertEquals(List.of("repositories.json"), projected.wrong(before));
    }

    @Test
    void whatFollowsStepByStepIsWhatIsMadeAtOnce() throws Exception {
        ProjectedFiles step = new ProjectedFiles(store);
        step.restore(state);
        aPulledImage();
        step.follow(state);
        happened(
                new ImageEvent.ImageRegistered(image('2'), "load"),
                new ImageEvent.ImageTagged("nginx:latest", id('2')),
                new ImageEvent.BlobsKnown(List.of(new KnownBlob(DIFF, BLOB, 5, "application/gzip", "example.org/copy"))));
        step.follow(state);
        assertEquals(List.of(), step.wrong(state));
        happened(
                new ImageEvent.ImageUntagged("nginx@" + id('9'), id('1')),
                new ImageEvent.ImageRemoving(id('1'), List.of(), List.of()));
        step.follow(state);
        assertEquals(List.of(), step.wrong(state));
        assertFalse(Files.exists(store.resolve("imagedb/metadata/sha256/" + "1".repeat(64))));
        happened(
                new ImageEvent.ImageUntagged("nginx:latest", id('2')),
                new ImageEvent.ImageRemoving(id('2'), List.of(), List.of()));
        step.follow(state);
        assertEquals(Map.of("repositories.json", "{\"Repositories\":{}}"), files());
    }

    @Test
    void i7_aRetagIsSeenWholeOrNotAtAllAndWhenItFailsTheOldStays() throws Exception {
        happened(
                new ImageEvent.ImageRegistered(image('1'), "load"),
                new ImageEvent.ImageRegistered(image('2'), "load"),
                new ImageEvent.ImageTagged("app:1", id('1')));
        ProjectedFiles projected = new ProjectedFiles(store);
        projected.restore(state);
        Path file = store.resolve("repositories.json");
        AtomicBoolean over = new AtomicBoolean();
        Set<String> seen = java.util.concurrent.ConcurrentHashMap.newKeySet();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                try {
                    JsonNode row = new ObjectMapper().readTree(Files.readAllBytes(file)).path("Repositories").path("app").path("app:1");
                    seen.add(row.asText("torn"));
                } catch (IOException e) {
                    seen.add(e.toString());
                }
            }
        });
        for (int i = 0; i < 1000; i++) {
            happened(new ImageEvent.ImageTagged("app:1", id(i % 2 == 0 ? '2' : '1')));
            projected.follow(state);
        }
        over.set(true);
        reader.join();
        assertTrue(Set.of(id('1'), id('2')).containsAll(seen), seen::toString);
        String old = Files.readString(file);
        Files.createDirectory(store.resolve("repositories.json.new")); // the disk fails: what is new cannot be written
        happened(new ImageEvent.ImageTagged("app:1", id('2')));
        assertThrows(IOException.class, () -> projected.follow(state));
        assertEquals(old, Files.readString(file));
        Files.delete(store.resolve("repositories.json.new"));
        projected.follow(state);
        assertEquals(List.of(), projected.wrong(state));
    }
}
