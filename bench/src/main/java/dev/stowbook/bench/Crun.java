package dev.stowbook.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** The peer: {@code crun run} of the same root file system, without network and cgroups. */
final class Crun {
    private final Path bundle;
    private final AtomicInteger names = new AtomicInteger();

    private Crun(Path bundle) {
        this.bundle = bundle;
    }

    static Crun prepare(Path bundle, Path rootfs) throws IOException, InterruptedException {
        Files.createDirectories(bundle);
        run(bundle, "crun", "spec");
        ObjectMapper json = new ObjectMapper();
        Path file = bundle.resolve("config.json");
        ObjectNode config = (ObjectNode) json.readTree(file.toFile());
        ((ObjectNode) config.get("root")).put("path", rootfs.toString());
        ObjectNode process = (ObjectNode) config.get("process");
        process.put("terminal", false);
        process.set("args", json.createArrayNode().add("/bin/true"));
        process.remove("rlimits");
        ArrayNode namespaces = (ArrayNode) config.get("linux").get("namespaces");
        for (int i = namespaces.size() - 1; i >= 0; i--) {
            if (namespaces.get(i).get("type").asText().equals("network")) {
                namespaces.remove(i);
            }
        }
        json.writeValue(file.toFile(), config);
        return new Crun(bundle);
    }

    /** Milliseconds of one container, run to deleted, as a whole process. */
    double run() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        run(bundle, "crun", "--cgroup-manager=disabled", "run", "stowbook-bench-" + names.incrementAndGet());
        return (System.nanoTime() - begun) / 1e6;
    }

    private static void run(Path directory, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }
}
