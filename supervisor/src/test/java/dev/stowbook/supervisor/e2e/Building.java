package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Builds by the command that users have, with a daemon that has the image {@code base}: the host's busybox. */
record Building(Path directory, DaemonProcess daemon, Rest rest, Pods pods, AtomicInteger contexts) {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    static Building start(Path directory) throws Exception {
        return on(directory, DaemonProcess.start(directory));
    }

    static Building on(Path directory, DaemonProcess daemon) throws Exception {
        Building building = new Building(directory, daemon, daemon.rest(), new Pods(daemon.rest()), new AtomicInteger());
        Path context = building.context("FROM scratch\nADD rootfs.tar /\nCMD [\"/bin/sh\"]\n");
        Files.write(context.resolve("rootfs.tar"), BusyboxTar.bytes());
        building.build(context, "-t", "base");
        return building;
    }

    Path context(Map<String, String> files) throws IOException {
        Path context = Files.createDirectories(directory.resolve("context" + contexts.getAndIncrement()));
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = context.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        return context;
    }

    Path context(String dockerfile) throws IOException {
        return context(Map.of("Dockerfile", dockerfile));
    }

    /** The words of a command line. */
    List<String> words(String context, String... options) {
        List<String> words = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock"), "build"));
        words.addAll(List.of(options));
        words.add(context);
        return words;
    }

    Command run(Path context, String... options) throws Exception {
        return run(new byte[0], context.toString(), options);
    }

    /** With something on standard input. */
    Command run(byte[] input, String context, String... options) throws Exception {
        return Command.fed(new ByteArrayInputStream(input), words(context, options));
    }

    /** @return what it printed */
    String build(Path context, String... options) throws Exception {
        return done(run(context, options));
    }

    String build(String dockerfile, String... options) throws Exception {
        return build(context(dockerfile), options);
    }

    static String done(Command command) {
        assertEquals(0, command.exitCode(), command.out() + command.err());
        return command.out();
    }

    /** The one sentence that a build of a Dockerfile is refused with. */
    String refused(String dockerfile, String... options) throws Exception {
        return run(context(dockerfile), options).sentence();
    }

    String id(String image) throws IOException {
        return image(image).get("id").asText();
    }

    JsonNode image(String image) throws IOException {
        return rest.get("/v1/images/" + Rest.encode(image)).ok().json();
    }

    /** The member {@code config} of its configuration, as it lies in the store. */
    JsonNode config(String image) throws IOException {
        return new ObjectMapper().readTree(daemon.root().resolve("image/overlay/imagedb/content/sha256/" + id(image).substring(7)).toFile()).get("config");
    }

    /** What a script prints in a container of an image. */
    String in(String image, String script) throws Exception {
        String name = "look" + contexts.getAndIncrement();
        return pods.output(name, """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  containers:
                    - {name: main, image: "%s", command: [/bin/sh, -c, '%s']}
                """.formatted(name, image, script));
    }

    /** A client that can be ended in the middle. */
    Process client(Path context, String... options) throws IOException {
        List<String> command = words(context.toString(), options);
        command.addFirst(Command.REPOSITORY.resolve("bin/stowbook").toString());
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** Something that comes true in its own time. */
    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "not within " + PATIENCE.toSeconds() + " s: " + what);
            Thread.sleep(20);
        }
    }

    /** Where a build leaves nothing: neither pods, nor files on their way, named or not. */
    void awaitNothingLeft() throws Exception {
        await("the pods of builds are gone", () -> rest.get("/v1/pods").ok().json().isEmpty());
        RegistryDaemon files = new RegistryDaemon(daemon, directory);
        await("no file is on its way", () -> files.spools().isEmpty());
    }

    static List<String> children(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    static String text(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
}
