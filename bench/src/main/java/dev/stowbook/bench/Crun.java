package dev.stowbook.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * The peer: {@code crun run} of the same root file system, in namespaces of its own, the network's empty, and without cgroups. crun refuses a host whose v2 tree still holds a
 * controller beside v1, so it runs in a mount namespace of its own where that tree is not seen; the host's mounts stay as they are.
 */
final class Crun implements AutoCloseable {
    private final Process shell;
    private final Writer commands;
    private final BufferedReader answers;
    private int runs;

    private Crun(Process shell) {
        this.shell = shell;
        this.commands = shell.outputWriter(StandardCharsets.UTF_8);
        this.answers = shell.inputReader(StandardCharsets.UTF_8);
    }

    static Crun prepare(Path bundle, Path rootfs) throws IOException, InterruptedException {
        Files.createDirectories(bundle);
        new ProcessBuilder("crun", "spec").directory(bundle.toFile()).inheritIO().start().waitFor();
        ObjectMapper json = new ObjectMapper();
        Path file = bundle.resolve("config.json");
        ObjectNode config = (ObjectNode) json.readTree(file.toFile());
        ((ObjectNode) config.get("root")).put("path", rootfs.toString());
        ObjectNode process = (ObjectNode) config.get("process");
        process.put("terminal", false);
        process.set("args", json.createArrayNode().add("/bin/true"));
        process.remove("rlimits");
        ObjectNode linux = (ObjectNode) config.get("linux");
        linux.remove("resources");
        without((ArrayNode) linux.get("namespaces"), Set.of("cgroup"));
        without((ArrayNode) config.get("mounts"), Set.of("cgroup"));
        json.writeValue(file.toFile(), config);
        return new Crun(new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount --make-rprivate / && { umount /sys/fs/cgroup/unified 2>/dev/null; exec sh; }")
                .directory(bundle.toFile())
                .redirectErrorStream(true)
                .start());
    }

    private static void without(ArrayNode list, Set<String> types) {
        for (int i = list.size() - 1; i >= 0; i--) {
            if (types.contains(list.get(i).get("type").asText())) {
                list.remove(i);
            }
        }
    }

    /** Milliseconds of one container, run to deleted, as a whole process that a shell starts. */
    double run() throws IOException {
        long begun = System.nanoTime();
        commands.write("crun --cgroup-manager=disabled run stowbook-bench-" + ++runs + "; echo \"ended $?\"\n");
        commands.flush();
        String answer = String.valueOf(answers.readLine());
        double millis = (System.nanoTime() - begun) / 1e6;
        if (!answer.equals("ended 0")) {
            throw new IOException("crun: " + answer);
        }
        return millis;
    }

    @Override
    public void close() throws IOException {
        commands.close();
        try {
            shell.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
