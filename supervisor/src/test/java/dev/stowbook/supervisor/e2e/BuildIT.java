package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.stowbook.testkit.RequiresRoot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Builds as users do, from a directory, and looks at what came of them in containers. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BuildIT {
    private Path directory;
    private Building building;
    private DaemonProcess daemon;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        this.directory = directory;
        building = Building.start(directory);
        daemon = building.daemon();
        rest = building.rest();
        pods = building.pods();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private Path context(Map<String, String> files) throws IOException {
        return building.context(files);
    }

    private Path context(String dockerfile) throws IOException {
        return building.context(dockerfile);
    }

    private Command run(Path context, String... options) throws Exception {
        return building.run(context, options);
    }

    private String build(Path context, String... options) throws Exception {
        return building.build(context, options);
    }

    private String build(String dockerfile, String... options) throws Exception {
        return building.build(dockerfile, options);
    }

    private String id(String image) throws IOException {
        return building.id(image);
    }

    private JsonNode image(String image) throws IOException {
        return building.image(image);
    }

    private String in(String image, String script) throws Exception {
        return building.in(image, script);
    }

    @Test
    void i14_eachInstructionIsSeenInAStartedContainer() throws Exception {
        build("""
                FROM base
                MAINTAINER somebody
                ENV A=b C="d e"
                WORKDIR /work/here
                USER www
                LABEL x=y
                EXPOSE 80 53/udp
                VOLUME /data
                STOPSIGNAL SIGUSR1
                HEALTHCHECK --interval=5s CMD true
                ONBUILD RUN false
                SHELL ["/bin/sh", "-ec"]
                ENTRYPOINT ["/bin/sleep"]
                CMD ["1000"]
                """, "-t", "i14");
        JsonNode container = pods.run("i14", """
                apiVersion: v1
                kind: Pod
                metadata: {name: i14}
                spec: {restartPolicy: Never, terminationGracePeriodSeconds: 1, containers: [{name: main, image: i14}]}
                """);
        Path proc = Path.of("/proc/" + container.get("pid").asInt());
        assertEquals("/bin/sleep\0001000\000", Files.readString(proc.resolve("cmdline")));
        String environ = Files.readString(proc.resolve("environ"));
        assertTrue(environ.contains("A=b\0") && environ.contains("C=d e\0"), environ);
        assertEquals("/work/here", Files.readSymbolicLink(proc.resolve("cwd")).toString());
        assertTrue(Files.readString(proc.resolve("mountinfo")).contains(" /data "), "no volume");
        long first = rest.get("/v1/pods/i14").ok().json().get("users").get("first").asLong();
        assertEquals(first + 33, Long.parseLong(Pods.proc(container, "status", "Uid:").split("\\s+")[0]));
        JsonNode config = image("i14").get("config");
        assertEquals("[\"53/udp\",\"80/tcp\"]", config.get("exposedPorts").toString());
        assertEquals("{\"x\":\"y\"}", config.get("labels").toString());
        String whole = Files.readString(daemon.root().resolve("image/overlay/imagedb/content/sha256/" + id("i14").substring(7)));
        for (String part : List.of("\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"true\"],\"Interval\":5000000000}", "\"OnBuild\":[\"RUN false\"]",
                "\"Shell\":[\"/bin/sh\",\"-ec\"]", "\"author\":\"somebody\"", "\"empty_layer\":true")) {
            assertTrue(whole.contains(part), part + " in " + whole);
        }
        rest.post("/v1/pods/i14/stop").ok();
        assertEquals("USR1", pods.event("ContainerStopping", container.get("id").asText()).get("data").get("signal").asText());
    }

    @Test
    void stagesThatTheTargetDoesNotNeedAreNotBuilt() throws Exception {
        Path context = context(Map.of("Dockerfile", """
                FROM base AS compile
                RUN mkdir /out && echo made > /out/thing && chown 5:6 /out/thing
                FROM base AS broken
                RUN exit 1
                FROM compile AS middle
                RUN echo more >> /out/thing
                FROM base
                COPY --from=middle /out /opt/
                COPY --from=0 /out/thing /first
                """));
        String out = build(context, "-t", "stages");
        assertFalse(out.contains("exit 1"), out);
        assertEquals("made\nmore\n5 6\nmade\n", in("stages", "cat /opt/thing; stat -c \"%u %g\" /opt/thing; cat /first"));
        build(context, "-t", "stages:compile", "--target", "compile");
        assertEquals("made\n", in("stages:compile", "cat /out/thing"));
        Command none = run(context, "--target", "nothing");
        assertTrue(none.sentence().contains("there is no stage \"nothing\"") && none.err().contains("compile, broken, middle, 3"), none.err());
    }

    @Test
    void theCacheGoesByContentAndInstructionAndNotByTime() throws Exception {
        Path context = context(Map.of("Dockerfile", "FROM base\nCOPY f /f\nRUN echo x > /ran\n", "f", "one"));
        build(context, "-t", "cache:1");
        Files.setLastModifiedTime(context.resolve("f"), FileTime.fromMillis(1_000_000_000_000L));
        String again = build(context, "-t", "cache:2");
        assertEquals(2, again.split("  cached", -1).length - 1, again);
        assertEquals(id("cache:1"), id("cache:2"));
        Files.writeString(context.resolve("f"), "two");
        String other = build(context, "-t", "cache:3");
        assertEquals(0, other.split("  cached", -1).length - 1, other);
        assertEquals("two", in("cache:3", "cat /f"));
        assertFalse(build(context, "--no-cache").contains("cached"));
        Files.setPosixFilePermissions(context.resolve("f"), PosixFilePermissions.fromString("rwx------"));
        assertFalse(build(context).contains("cached"), "a mode is content");
    }

    @Test
    void copyKnowsOwnersPatternsIgnoredFilesAndArchives() throws Exception {
        Path context = context(Map.of(
                "Dockerfile", """
                        FROM base
                        RUN ln -s /www /link && ln -s ../../../../../../../../tmp/sbk-escaped /away
                        COPY --chown=www:extra a1.txt a2.txt /owned/
                        COPY --chown=7:8 --chmod=640 a1.txt /mode
                        COPY a*.txt [b-c].md /globbed/
                        COPY . /all
                        COPY d /link/
                        COPY a1.txt /away/x
                        WORKDIR /opt
                        COPY a1.txt relative/name
                        ADD inner.tar /unpacked/
                        COPY inner.tar /kept
                        """,
                ".dockerignore", "# not these\n*.secret\n**/deep\n!keep.secret\n",
                "a1.txt", "1", "a2.txt", "2", "b.md", "b", "x.secret", "s", "keep.secret", "k"));
        Files.createDirectories(context.resolve("d/deep"));
        Files.writeString(context.resolve("d/file"), "in d");
        Files.writeString(context.resolve("d/deep/no"), "no");
        Files.createSymbolicLink(context.resolve("d/ln"), Path.of("file"));
        Files.write(context.resolve("inner.tar"), BusyboxTar.with(tar -> BusyboxTar.file(tar, "etc/mark", "m".getBytes(), 0100600)));
        build(context, "-t", "copied");
        assertEquals(
                "33:44 33:44\n7:8 640 0:0\n", in("copied", "stat -c \"%u:%g\" /owned/a1.txt /owned/a2.txt | xargs; stat -c \"%u:%g %a\" /mode | tr \"\\n\" \" \"; stat -c \"%u:%g\" /all/a1.txt")
                        .replace("33:44\n33:44\n", "33:44 33:44\n"));
        assertEquals("a1.txt\na2.txt\nb.md\n", in("copied", "ls /globbed"));
        assertEquals("Dockerfile\na1.txt\na2.txt\nb.md\nd\ninner.tar\nkeep.secret\n", in("copied", "ls /all"));
        assertEquals("file\nindex.html\nln\n/www\nfile\n", in("copied", "ls /www; readlink /link; readlink /www/ln"));
        assertEquals("1", in("copied", "cat /tmp/sbk-escaped/x"));
        assertFalse(Files.exists(Path.of("/tmp/sbk-escaped")), "a link in an image led out of it");
        assertEquals("1m", in("copied", "cat /opt/relative/name /unpacked/etc/mark"));
        assertEquals("file\n", in("copied", "test -f /kept && echo file"));
        Command missing = run(context(Map.of("Dockerfile", "FROM base\nCOPY nothing /x\n")));
        assertTrue(missing.sentence().contains("there is no \"nothing\" in the context"), missing.err());
        Command unknown = run(context(Map.of("Dockerfile", "FROM base\nCOPY --chown=nobody Dockerfile /x\n")));
        assertTrue(unknown.sentence().contains("/etc/passwd knows no \"nobody\""), unknown.err());
    }

    @Test
    void argumentsHaveTheirScopesAndDoNotStay() throws Exception {
        Path context = context(Map.of("Dockerfile", """
                ARG BASE=base
                ARG SHARED=global
                FROM ${BASE}
                ARG SHARED
                ARG OWN=default
                ENV KEPT=$OWN OTHER=${NONE:-none}
                RUN echo "$SHARED $OWN $BASE." > /args
                """));
        build(context, "-t", "args:1");
        assertEquals("global default .\ndefault none\n", in("args:1", "cat /args; echo $KEPT $OTHER $OWN"));
        String out = build(context, "-t", "args:2", "--build-arg", "OWN=given", "--build-arg", "VAIN=1");
        assertTrue(out.contains("Warning: no ARG declares VAIN"), out);
        assertEquals("global given .\n", in("args:2", "cat /args"));
        JsonNode started = pods.events("BuildStarted", "args:2").getLast();
        assertEquals("[\"OWN\",\"VAIN\"]", started.get("data").get("spec").get("arguments").toString());
    }

    @Test
    void whatAnImageLeavesForThoseWhoBuildOnItIsDoneOnce() throws Exception {
        build("FROM base\nONBUILD COPY f /from-trigger\nONBUILD RUN echo ran > /ran\n", "-t", "triggers");
        Path context = context(Map.of("Dockerfile", "FROM triggers\n", "f", "content"));
        build(context, "-t", "triggered");
        assertEquals("contentran\n", in("triggered", "cat /from-trigger /ran"));
        assertTrue(build(context("FROM triggered\n"), "-t", "after").contains("Step 1/1"), "triggers are not inherited");
    }

    @Test
    void aCommandThatFailsShowsItsOutputAndLeavesNothing() throws Exception {
        List<String> layers = layers();
        long images = rest.get("/v1/images?all=true").ok().json().size();
        Command failed = run(context("FROM base\nRUN echo on stdout; echo on stderr >&2; touch /x; exit 7\n"), "-t", "never");
        assertTrue(failed.sentence().contains("of line 2 returned 7"), failed.err());
        assertTrue(failed.out().contains("on stdout\n") && failed.out().contains("on stderr\n"), failed.out());
        assertEquals(404, rest.get("/v1/images/never").status());
        assertEquals("[]", rest.get("/v1/pods").ok().json().toString());
        assertEquals(layers, layers());
        assertEquals(images, rest.get("/v1/images?all=true").ok().json().size());
        assertEquals(List.of(), Building.children(daemon.root().resolve("tmp")));
        assertEquals("INVALID", pods.events("BuildFailed", "returned 7").getLast().get("data").get("code").asText());
    }

    private List<String> layers() throws IOException {
        return Building.children(daemon.root().resolve("image/overlay/layerdb/sha256"));
    }

    @Test
    void theBookTellsOfEveryStepAndWhyShowsHowAnImageCame() throws Exception {
        build("FROM base\nENV TOLD=1\nRUN echo told > /told\n", "-t", "told");
        List<JsonNode> done = pods.events("BuildStepDone", "told");
        JsonNode last = done.getLast().get("data");
        assertEquals(id("told"), last.get("image").asText());
        assertEquals(image("told").get("layers").get(1).get("diffId").asText(), last.get("layer").asText());
        assertFalse(last.get("cached").asBoolean());
        assertEquals(1, pods.events("BuildFinished", id("told")).size());
        String why = rest.get("/v1/why/told").ok().json().get("chain").toString();
        for (String part : List.of("RUN echo told > /told", "ENV TOLD=1", "ADD rootfs.tar", "called told:latest", "is done, in")) {
            assertTrue(why.contains(part), part + " in " + why);
        }
        String parent = last.get("parent").asText();
        assertTrue(rest.get("/v1/images?all=true").ok().text().contains(parent) && !rest.get("/v1/images").ok().text().contains(parent));
        rest.delete("/v1/images/told").ok();
        assertFalse(rest.get("/v1/images?all=true").ok().text().contains(parent), "steps go with their image");
        assertTrue(rest.get("/v1/images").ok().text().contains("base:latest"));
    }

    @Test
    void theSameTimeGivesTheSameImage() throws Exception {
        Path context = context(Map.of("Dockerfile", "FROM scratch\nCOPY f /d/f\nENV a=b\n", "f", "same"));
        build(context, "-t", "epoch:1", "--build-arg", "SOURCE_DATE_EPOCH=1700000000");
        String first = id("epoch:1");
        Files.setLastModifiedTime(context.resolve("f"), FileTime.fromMillis(System.currentTimeMillis() + 5_000));
        build(context, "-t", "epoch:2", "--no-cache", "--build-arg", "SOURCE_DATE_EPOCH=1700000000");
        assertEquals(first, id("epoch:2"));
        assertEquals("2023-11-14T22:13:20Z", image("epoch:1").get("createdAt").asText());
        build(context, "-t", "epoch:3", "--no-cache");
        assertNotEquals(first, id("epoch:3"));
    }

    @Test
    void aBuildThatTheDaemonDiesUnderIsFailedAndNothingOfItStays() throws Exception {
        Path context = context("FROM base\nENV killed=1\nRUN echo going && sleep 60\n");
        CompletableFuture<Command> client = CompletableFuture.supplyAsync(() -> {
            try {
                return run(context, "-t", "killed");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        for (int i = 0; i < 1500 && rest.get("/v1/containers").ok().json().isEmpty(); i++) {
            Thread.sleep(20);
        }
        daemon.killHard();
        assertEquals(1, client.get().exitCode(), client.get().out());
        daemon.restart();
        for (int i = 0; i < 1500 && !rest.get("/v1/pods").ok().json().isEmpty(); i++) {
            Thread.sleep(20);
        }
        assertEquals("[]", rest.get("/v1/pods").ok().json().toString());
        assertTrue(pods.events("BuildFailed", "the daemon was restarted").size() == 1);
        assertEquals(List.of(), Building.children(daemon.root().resolve("tmp")));
        Files.writeString(context.resolve("Dockerfile"), "FROM base\nENV killed=1\nRUN echo going\n");
        assertTrue(build(context, "-t", "killed").contains("cached"), "what was done before stays");
        assertTrue(rest.post("/v1/verify").ok().json().get("ok").asBoolean());
    }

    @Test
    void whatAConfigurationSaysIsWhatBuildahSaysOfTheSameDockerfile() throws Exception {
        Path context = context(Map.of("f", "f", "Dockerfile", """
                ARG IN=in
                FROM scratch
                COPY f /d/f
                ENV A=1 B="x y" C=$A
                ENV OLD style value
                LABEL one=1 "two words"="a b"
                WORKDIR /w
                WORKDIR rel
                USER 33:44
                EXPOSE 80 53/udp
                VOLUME ["/data"]
                STOPSIGNAL SIGUSR1
                HEALTHCHECK --interval=5s --retries=2 CMD curl x
                ONBUILD RUN make
                ENTRYPOINT exec "$0"
                SHELL ["/bin/bash", "-ec"]
                CMD ["a", "b c"]
                """));
        build(context, "-t", "compared");
        String config = Files.readString(daemon.root().resolve("image/overlay/imagedb/content/sha256/" + id("compared").substring(7)));
        JsonNode ours = new ObjectMapper().readTree(config).get("config");
        JsonNode theirs = buildah(context);
        for (String field : List.of("Cmd", "Entrypoint", "WorkingDir", "User", "ExposedPorts", "Volumes", "StopSignal", "Shell", "Healthcheck", "OnBuild")) {
            assertEquals(theirs.get(field), ours.get(field), field);
        }
        assertEquals(sorted(theirs.get("Env")), sorted(ours.get("Env")));
        ((ObjectNode) theirs.get("Labels")).remove("io.buildah.version");
        assertEquals(theirs.get("Labels"), ours.get("Labels"));
    }

    private static List<String> sorted(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asText()));
        texts.sort(null);
        return texts;
    }

    /** What Debian's buildah makes of a context: the image's configuration, as Docker writes it. */
    private JsonNode buildah(Path context) throws Exception {
        List<String> buildah = List.of("buildah", "--root", directory.resolve("buildah").toString(), "--runroot", directory.resolve("buildah-run").toString(),
                "--storage-driver", "vfs");
        other(buildah, "bud", "-q", "--format", "docker", "-t", "compared", context.toString());
        return new ObjectMapper().readTree(other(buildah, "inspect", "--type", "image", "compared")).get("Docker").get("config");
    }

    private static String other(List<String> program, String... words) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), command + ": " + out);
        return out;
    }

    @Test
    void addFetchesWhatAnUrlNamesAndHoldsItAgainstItsChecksum() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = "fetched".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT");
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/file.txt") ? 200 : 404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String base = "http://127.0.0.1:" + server.getAddress().getPort();
            String sum = "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest("fetched".getBytes()));
            build("FROM base\nADD --checksum=" + sum + " " + base + "/file.txt /in/\n", "-t", "fetched");
            assertEquals("fetched 600 1700000000\n", in("fetched", "cat /in/file.txt; stat -c \" %a %Y\" /in/file.txt"));
            String wrong = run(context("FROM base\nADD --checksum=" + "sha256:" + "0".repeat(64) + " " + base + "/file.txt /in/\n")).sentence();
            assertTrue(wrong.contains("has the digest " + sum), wrong);
            assertTrue(run(context("FROM base\nADD " + base + "/none /in/\n")).sentence().contains("answered 404"));
        } finally {
            server.stop(0);
        }
        String offline = run(context("FROM base\nADD http://127.0.0.1:1/file.txt /in/\n")).sentence();
        assertTrue(offline.contains("cannot be fetched") && offline.contains("offline"), offline);
    }

    @Test
    void aContextThatReachesOutOfItselfIsRefusedOrContained() throws Exception {
        byte[] escaping = tar("Dockerfile", "FROM base\n", "../../sbk-escaped-context", "x");
        String refused = rest.post("/v1/build", "application/x-tar", escaping).ok().text();
        assertTrue(refused.contains("outside of itself"), refused);
        assertTrue(rest.post("/v1/build", "application/x-tar", "no tar".getBytes()).ok().text().contains("the context cannot be read"));
        Path context = context("FROM base\nCOPY secret /secret\n");
        Files.createSymbolicLink(context.resolve("secret"), Path.of("/etc/passwd"));
        assertTrue(run(context).sentence().contains("there is no \"secret\" in the context"), "a link led out of the context");
        assertTrue(run(context("FROM base\nCOPY ../x /x\n")).sentence().contains("lies outside of the context"));
        assertTrue(run(context("FROM base\nRUN <<EOF\necho\nEOF\n")).sentence().contains("Dockerfile:2: RUN with a here-document (<<) is BuildKit's"));
    }

    private static byte[] tar(String... namesAndTexts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (int i = 0; i < namesAndTexts.length; i += 2) {
                BusyboxTar.file(tar, namesAndTexts[i], namesAndTexts[i + 1].getBytes(), 0100644);
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void aBuildWhoseClientGoesAwayIsBrokenOffAndItsImagesAreSafeUntilThen() throws Exception {
        Path context = context("FROM base\nENV gone=1\nRUN sleep 600\n");
        Process client = building.client(context, "-t", "gone");
        Building.await("the step runs", () -> !rest.get("/v1/containers").ok().json().isEmpty());
        String step = pods.events("BuildStepDone", "gone=1").getLast().get("data").get("image").asText();
        Rest.Answer removal = rest.delete("/v1/images/" + step + "?force=true");
        assertTrue(removal.status() == 409, removal.text());
        client.descendants().forEach(ProcessHandle::destroyForcibly);
        client.destroyForcibly().waitFor();
        Building.await("the build is broken off", () -> !pods.events("BuildFailed", "the client went away").isEmpty());
        building.awaitNothingLeft();
        assertEquals(404, rest.get("/v1/images/gone").status());
        assertEquals(200, rest.get("/v1/images/" + step).status(), "what was done stays for the next build");
        assertTrue(rest.post("/v1/verify").ok().json().get("ok").asBoolean());
    }
}
