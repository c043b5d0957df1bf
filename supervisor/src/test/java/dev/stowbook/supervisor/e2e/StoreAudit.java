package dev.stowbook.supervisor.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.model.InitLayer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Holds what lies below a daemon's root against what its API says is there: nothing may be missing, and nothing be there that nobody refers to. */
record StoreAudit(DaemonProcess daemon) {

    /** Waits until nothing is to be said against the store; what is, if that does not come. */
    List<String> objections() throws Exception {
        List<String> found = look();
        for (int i = 0; i < 300 && !found.isEmpty(); i++) {
            Thread.sleep(200);
            found = look();
        }
        return found;
    }

    private List<String> look() throws IOException {
        Set<String> images = new TreeSet<>();
        Set<String> chains = new TreeSet<>();
        TreeMap<String, String> references = new TreeMap<>();
        for (JsonNode image : daemon.rest().get("/v1/images?all=true").ok().json()) {
            images.add(hex(image.get("id").asText()));
            image.get("layers").forEach(layer -> chains.add(hex(layer.get("chainId").asText())));
            image.get("references").forEach(name -> references.put(name.asText(), image.get("id").asText()));
        }
        Path store = daemon.root().resolve("image/overlay");
        List<String> objections = new ArrayList<>();
        compare("configurations", images, names(store.resolve("imagedb/content/sha256")), objections);
        compare("records of layers", chains, names(store.resolve("layerdb/sha256")), objections);
        compare("uploads on their way", Set.of(), names(store.resolve("layerdb/tmp")), objections);
        compare("temporary files", Set.of(), names(daemon.root().resolve("tmp")), objections);
        compare("open files without a name", Set.of(), spools(), objections);
        compare("mounts", Set.of(), mounts(), objections);
        compare("half written files", Set.of(), halfWritten(store), objections);
        compare("half made layers", Set.of(), halfMade(), objections);
        containers(store, objections);
        layers(store, chains, objections);
        compareReferences(store, references, objections);
        JsonNode verified = daemon.rest().post("/v1/verify").ok().json();
        if (!verified.get("ok").asBoolean()) {
            objections.add("the book: " + verified);
        }
        return objections;
    }

    /** The driver's layers: those of images, those below containers, those of containers, and no other. */
    private void layers(Path store, Set<String> chains, List<String> objections) throws IOException {
        Set<String> wanted = new TreeSet<>();
        Set<String> optional = new TreeSet<>();
        for (String chain : chains) {
            Path cacheId = store.resolve("layerdb/sha256").resolve(chain).resolve("cache-id");
            if (Files.exists(cacheId)) {
                wanted.add(Files.readString(cacheId));
                optional.add(InitLayer.on(Files.readString(cacheId)));
            }
        }
        for (JsonNode container : daemon.rest().get("/v1/containers?all=true").ok().json()) {
            optional.add(container.get("id").asText());
        }
        for (String container : names(store.resolve("layerdb/mounts"))) {
            optional.add(Files.readString(store.resolve("layerdb/mounts").resolve(container).resolve("mount-id")));
        }
        Set<String> actual = names(daemon.root().resolve("overlay")).stream().filter(name -> name.matches("[0-9a-f]{32,64}")).collect(Collectors.toCollection(TreeSet::new));
        Set<String> left = new TreeSet<>(actual);
        left.removeAll(wanted);
        left.removeAll(optional);
        wanted.removeAll(actual);
        compare("layers of the driver", wanted, left, objections);
    }

    /** Those of the book have their files, nobody else has, and none still stands still for somebody who is gone. */
    private void containers(Path store, List<String> objections) throws IOException {
        Set<String> known = new TreeSet<>();
        Set<String> paused = new TreeSet<>();
        for (JsonNode container : daemon.rest().get("/v1/containers?all=true").ok().json()) {
            known.add(container.get("id").asText());
            if (container.get("state").asText().equals("paused")) {
                paused.add(container.get("id").asText());
            }
        }
        compare("containers that stand still", Set.of(), paused, objections);
        compare("files of containers", known, names(daemon.root().resolve("containers")), objections);
        compare("layers of containers", known, names(store.resolve("layerdb/mounts")), objections);
    }

    private static Set<String> halfWritten(Path store) throws IOException {
        try (Stream<Path> files = Files.walk(store)) {
            return files.map(Path::toString).filter(name -> name.endsWith(".new")).collect(Collectors.toCollection(TreeSet::new));
        } catch (UncheckedIOException e) {
            return Set.of("gone while it was looked at: " + e.getMessage());
        }
    }

    /** The driver gives a layer its name when it is whole. */
    private Set<String> halfMade() throws IOException {
        return names(daemon.root().resolve("overlay")).stream().filter(name -> name.startsWith(".")).collect(Collectors.toCollection(TreeSet::new));
    }

    private static void compareReferences(Path store, TreeMap<String, String> references, List<String> objections) throws IOException {
        TreeMap<String, String> written = new TreeMap<>();
        Path file = store.resolve("repositories.json");
        if (Files.exists(file)) {
            new ObjectMapper().readTree(Files.readAllBytes(file)).path("Repositories")
                    .forEach(names -> names.properties().forEach(name -> written.put(name.getKey(), name.getValue().asText())));
        }
        if (!written.entrySet().containsAll(references.entrySet())) {
            objections.add("repositories.json has " + written + ", the book " + references);
        }
    }

    private static void compare(String what, Set<String> wanted, Set<String> actual, List<String> objections) {
        Set<String> missing = new TreeSet<>(wanted);
        missing.removeAll(actual);
        Set<String> foreign = new TreeSet<>(actual);
        foreign.removeAll(wanted);
        if (!missing.isEmpty() || !foreign.isEmpty()) {
            objections.add(what + ": missing " + missing + ", nobody's " + foreign);
        }
    }

    private static Set<String> names(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private Set<String> spools() throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> open = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
            for (Path descriptor : open.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith(daemon.root().resolve("tmp").toString())) {
                        found.add(target);
                    }
                } catch (IOException e) {
                    // closed meanwhile
                }
            }
        }
        return found;
    }

    private Set<String> mounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> line.contains(" " + daemon.root() + "/"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String hex(String digest) {
        return digest.substring(digest.indexOf(':') + 1);
    }
}
