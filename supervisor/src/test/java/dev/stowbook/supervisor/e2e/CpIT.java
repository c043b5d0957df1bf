package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code stowbook cp} through the daemon: both directions, running and stopped, own users and the host's, and those who mean harm. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpIT {
    private static final String SECRET = "of the host, and none of a container's business";

    private DaemonProcess daemon;
    private Rest rest;
    private Path here;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @BeforeEach
    void directory(@TempDir Path directory) {
        here = directory;
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private void pod(String name, String command, String ofPod, String ofContainer) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  %s
                  containers:
                    - name: main
                      image: busybox
                      command: [sh, -c, "%s"]
                      %s
                """.formatted(name, ofPod, command, ofContainer)).ok();
        await(name, "running");
    }

    private void pod(String name, boolean ownUsers, boolean running) throws Exception {
        pod(name, "test -e /ready || { mkdir -p /data/sub; echo inside > /data/file; echo deep > /data/sub/deep; chown 33:44 /data/file; chmod 640 /data/file;"
                + " ln -s file /data/link; touch /ready; }; exec sleep 1000", "hostUsers: " + !ownUsers, "");
        for (int i = 0; i < 3000 && !inside(name, "test", "-e", "/ready"); i++) {
            Thread.sleep(20);
        }
        if (!running) {
            rest.post("/v1/pods/" + name + "/stop?grace=0").ok();
            await(name, "exited");
        }
    }

    private void await(String name, String state) throws Exception {
        String seen = "";
        for (int i = 0; i < 3000 && !seen.equals(state); i++) {
            seen = rest.get("/v1/containers/" + name).ok().json().get("state").asText();
            Thread.sleep(20);
        }
        assertEquals(state, seen);
    }

    private Command stowbook(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock")));
        all.addAll(List.of(words));
        return Command.stowbook(all.toArray(new String[0]));
    }

    private void cp(String... words) throws Exception {
        Command done = stowbook(Stream.concat(Stream.of("cp"), Arrays.stream(words)).toArray(String[]::new));
        assertEquals(0, done.exitCode(), String.join(" ", words) + ": " + done.err());
        assertEquals("", done.err());
    }

    private String refused(String... words) throws Exception {
        Command done = stowbook(Stream.concat(Stream.of("cp"), Arrays.stream(words)).toArray(String[]::new));
        assertNotEquals(0, done.exitCode(), done.out());
        assertFalse(done.err().contains("Exception"), done.err());
        return done.err();
    }

    private boolean inside(String name, String... argv) throws Exception {
        return stowbook(Stream.concat(Stream.of("exec", name, "--"), Arrays.stream(argv)).toArray(String[]::new)).exitCode() == 0;
    }

    /** What a program in the container says; a stopped one is started for it. */
    private String says(String name, String shell) throws Exception {
        if (!rest.get("/v1/containers/" + name).ok().json().get("state").asText().equals("running")) {
            rest.post("/v1/pods/" + name + "/start").ok();
            await(name, "running");
        }
        Command done = stowbook("exec", name, "--", "sh", "-c", shell);
        assertEquals(0, done.exitCode(), done.err());
        return done.out().strip();
    }

    private List<JsonNode> copies() throws IOException {
        return rest.events(1).stream().filter(event -> event.get("type").asText().startsWith("dev.stowbook.FilesCopiedIn.")).toList();
    }

    private static Path text(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    @ParameterizedTest
    @CsvSource({"false, true", "true, true", "false, false", "true, false"})
    void filesGoInAndComeOutAsTheyLookFromInside(boolean ownUsers, boolean running) throws Exception {
        pod("both", ownUsers, running);
        int before = copies().size();
        text(here.resolve("tree/a"), "first");
        text(here.resolve("tree/sub/b"), "second");
        Files.createSymbolicLink(here.resolve("tree/link"), Path.of("a"));
        Files.createLink(here.resolve("tree/twin"), here.resolve("tree/a"));
        Files.setAttribute(here.resolve("tree/sub/b"), "unix:mode", 0751);
        Files.setAttribute(here.resolve("tree/sub/b"), "unix:uid", 33);

        cp(here.resolve("tree").toString(), "both:/new");
        cp(here.resolve("tree").toString(), "both:/data");
        cp(here.resolve("tree") + "/.", "both:/root");
        cp("-a", here.resolve("tree/sub/b").toString(), "both/main:/data/renamed");

        List<JsonNode> events = copies();
        assertEquals(before + 4, events.size());
        JsonNode first = events.get(before).get("data");
        assertEquals("/ 5 11 true", first.get("path").asText() + " " + (first.get("entries").asInt() - 1) + " " + first.get("bytes").asInt() + " " + first.get("complete").asBoolean());
        assertTrue(events.get(before).get("actor").asText().contains("uid 0"), events.get(before).toString());

        Path out = Files.createDirectory(here.resolve("out"));
        cp("both:/data", out.toString());
        cp("both:/data/.", here.resolve("contents").toString());
        cp("-a", "both:/data/file", out.resolve("kept").toString());
        cp("both:/data/link", out.toString());
        cp(here.resolve("tree/a").toString(), "both:/data/link");
        cp("-L", "both:/data/link", out.resolve("followed").toString());
        assertEquals("deep\n", Files.readString(out.resolve("data/sub/deep")));
        assertEquals("second", Files.readString(out.resolve("data/tree/sub/b")));
        assertEquals("deep\n", Files.readString(here.resolve("contents/sub/deep")));
        assertEquals("33:44 100640", Files.getAttribute(out.resolve("kept"), "unix:uid") + ":" + Files.getAttribute(out.resolve("kept"), "unix:gid")
                + " " + Integer.toOctalString((Integer) Files.getAttribute(out.resolve("kept"), "unix:mode")));
        assertEquals(0, Files.getAttribute(out.resolve("data/file"), "unix:uid"));
        assertEquals(Path.of("file"), Files.readSymbolicLink(out.resolve("link")));
        assertEquals("first", Files.readString(out.resolve("followed")), "the link stayed, and what it leads to was replaced");

        if (running) { // the story of one that is started again begins there
            assertTrue(stowbook("why", "both").out().contains("copied into its /data"), stowbook("why", "both").out());
        }
        assertEquals("first second a", says("both", "cat /new/a; echo -n ' '; cat /new/sub/b; echo -n ' '; readlink /new/link").replace("\n", ""));
        assertEquals("0:0 751 2", says("both", "stat -c '%u:%g %a' /new/sub/b; stat -c %h /new/a").replace("\n", " "));
        assertEquals("second first", says("both", "cat /data/tree/sub/b; echo -n ' '; cat /root/a"));
        assertEquals("33:0 first file", says("both", "stat -c '%u:%g' /data/renamed; cat /data/file; echo; readlink /data/link").replace("\n", " "));
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void tarsPassThroughAndWhatDoesNotFitIsToldInASentence(boolean running) throws Exception {
        pod("says", false, running);
        assertEquals("stowbook: there is no \"/nothing\" in the container\n", refused("says:/nothing", here.toString()));
        assertEquals("stowbook: there is no \"/nowhere\" in the container\n", refused(text(here.resolve("f"), "x").toString(), "says:/nowhere/f"));
        assertTrue(refused(here.toString(), "says:/data/file").contains("a directory does not replace a file"));
        assertTrue(refused(here.resolve("f").toString(), "says:/data/none/").contains("there is no directory '/data/none/'"));
        assertTrue(refused("says:/data", here.resolve("f").toString()).contains("a directory does not replace a file"));
        assertTrue(refused("nobody:/data", here.toString()).contains("nobody"));
        assertTrue(refused(here.resolve("none").toString(), "says:/data").contains("there is no '"));
        assertTrue(refused("a:/x", "b:/y").contains("two copies"));
        assertTrue(refused(here.resolve("f").toString(), "says:/data/sub/../file/x").contains("is no directory"));
        Files.createDirectory(here.resolve("sub"));
        text(here.resolve("up/sub"), "a file in place of a directory");
        assertTrue(refused(here.resolve("up") + "/.", "says:/data").contains("would replace one"));

        Command tar = stowbook("cp", "says:/data/sub", "-");
        assertEquals(0, tar.exitCode());
        assertTrue(tar.out().contains("sub/"), tar.out());
        assertTrue(tar.out().contains("deep\n"));
        byte[] made = tar(out -> entry(out, "made/by/tar", TarConstants.LF_NORMAL, "yes"));
        assertEquals(3, rest.request("PUT", "/v1/containers/says/archive?path=/data", "application/x-tar", made).ok().json().get("bytes").asInt());
        assertEquals("yes", says("says", "cat /data/made/by/tar"));
    }

    private interface Filling {
        void into(TarArchiveOutputStream tar) throws IOException;
    }

    private static byte[] tar(Filling filling) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            filling.into(tar);
        }
        return bytes.toByteArray();
    }

    private static void entry(TarArchiveOutputStream tar, String name, byte type, String content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        byte[] data = type == TarConstants.LF_NORMAL ? content.getBytes(StandardCharsets.UTF_8) : new byte[0];
        if (type == TarConstants.LF_SYMLINK || type == TarConstants.LF_LINK) {
            entry.setLinkName(content);
        }
        entry.setSize(data.length);
        tar.putArchiveEntry(entry);
        tar.write(data);
        tar.closeArchiveEntry();
    }

    /** Links in the container lead nowhere but into the container, and hostile tars no further than their directory. */
    @ParameterizedTest
    @CsvSource({"false, true", "true, true", "false, false"})
    void nothingLeadsOutOfTheContainer(boolean ownUsers, boolean running) throws Exception {
        Path outside = text(here.resolve("host/secret"), SECRET);
        pod("trap", ownUsers, true);
        says("trap", "mkdir -p /traps" + here + "/host; echo own > /traps/own; ln -s " + outside + " /traps/file; ln -s " + here + "/host /traps/dir;"
                + " ln -s ../../../../../../.." + outside + " /traps/up; ln -s /proc/1/root /traps/magic; ln -s / /traps/root; mkfifo /traps/pipe 2>/dev/null || mknod /traps/pipe p");
        if (!running) {
            rest.post("/v1/pods/trap/stop?grace=0").ok();
            await("trap", "exited");
        }
        for (String path : List.of("/traps/file", "/traps/up", "/traps/dir/secret", "/../../../.." + outside, "/traps/root/traps/root" + outside)) {
            String why = refused("-L", "trap:" + path, here.resolve("stolen").toString());
            assertTrue(why.contains("there is no \""), why);
        }
        assertTrue(refused("-L", "trap:/traps/magic/etc/passwd", here.resolve("stolen").toString()).startsWith("stowbook: "));
        assertFalse(Files.exists(here.resolve("stolen")));
        refused(text(here.resolve("evil"), "evil").toString(), "trap:/traps/dir/secret");
        cp(here.resolve("evil").toString(), "trap:/traps/root/traps/landed");
        assertEquals(SECRET, Files.readString(outside));
        assertEquals(Set.of("secret"), names(here.resolve("host")));

        Command whole = stowbook("cp", "trap:/traps", "-"); // a pipe in it holds nobody up
        assertEquals(0, whole.exitCode(), whole.err());
        assertFalse(whole.out().contains(SECRET));

        for (Filling hostile : List.<Filling>of(
                out -> entry(out, "../../../../../../.." + outside, TarConstants.LF_NORMAL, "evil"),
                out -> entry(out, "dir/secret", TarConstants.LF_NORMAL, "evil"),
                out -> entry(out, "hard", TarConstants.LF_LINK, "file"),
                out -> entry(out, "hard", TarConstants.LF_LINK, "../../" + outside),
                out -> entry(out, "device", TarConstants.LF_BLK, ""),
                out -> {
                    entry(out, "mine", TarConstants.LF_SYMLINK, here + "/host");
                    entry(out, "mine/secret", TarConstants.LF_NORMAL, "evil");
                })) {
            Rest.Answer answer = rest.request("PUT", "/v1/containers/trap/archive?path=/traps", "application/x-tar", tar(hostile));
            assertEquals(400, answer.status(), answer.text());
            assertTrue(answer.text().contains("the tar's entry"), answer.text());
        }
        assertEquals(SECRET, Files.readString(outside));
        assertEquals(Set.of("secret"), names(here.resolve("host")));
        JsonNode last = copies().getLast().get("data");
        assertEquals("/traps 1 false", last.get("path").asText() + " " + last.get("entries") + " " + last.get("complete"), "the link that came before");
        assertEquals("evil", says("trap", "cat /traps/landed"));
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return Set.copyOf(children.map(child -> child.getFileName().toString()).toList());
        }
    }

    /** While somebody inside swaps a directory and a link to the host's path for one another, copies in and out stay inside. */
    @Test
    void aDirectoryThatIsExchangedForALinkWhileCopyingLeadsNowhereElse() throws Exception {
        Path outside = text(here.resolve("host/secret"), SECRET);
        Files.setAttribute(here, "unix:mode", 0755);
        pod("race", "mkdir -p /r/real; echo own > /r/real/secret; ln -s " + here + "/host /r/link; touch /ready;"
                + " while :; do mv /r/real /r/x; mv /r/link /r/real; mv /r/real /r/link; mv /r/x /r/real; done", "hostUsers: true", "");
        byte[] evil = tar(out -> entry(out, "real/secret", TarConstants.LF_NORMAL, "evil"));
        byte[] direct = tar(out -> entry(out, "secret", TarConstants.LF_NORMAL, "evil"));
        int came = 0;
        int stopped = 0;
        int rounds = 0;
        for (long end = System.nanoTime() + 60_000_000_000L; System.nanoTime() < end && (rounds < 100 || came == 0 || stopped == 0); rounds++) {
            Rest.Answer read = rest.get("/v1/containers/race/archive?path=/r/real/secret");
            assertFalse(read.text().contains(SECRET));
            assertFalse(rest.get("/v1/containers/race/archive?path=/r").text().contains(SECRET));
            for (Rest.Answer answer : List.of(
                    read,
                    rest.request("PUT", "/v1/containers/race/archive?path=/r", "application/x-tar", evil),
                    rest.request("PUT", "/v1/containers/race/archive?path=/r/real", "application/x-tar", direct))) {
                came += answer.status() == 200 ? 1 : 0;
                stopped += answer.status() == 200 ? 0 : 1;
                assertTrue(answer.status() < 500, answer.text());
            }
        }
        assertEquals(SECRET, Files.readString(outside));
        assertEquals(Set.of("secret"), names(here.resolve("host")));
        assertTrue(came > 0 && stopped > 0, "no race: " + came + " copied, " + stopped + " refused");
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void volumesAreSeenWhileTheContainerRunsAndReadOnlyOnesStaySo(boolean ownUsers) throws Exception {
        pod("vol", "echo kept > /vol/f; exec sleep 1000", "hostUsers: " + !ownUsers + "\n  volumes: [{name: v, emptyDir: {}}, {name: m, emptyDir: {medium: Memory}}]",
                "volumeMounts: [{name: v, mountPath: /vol}, {name: v, mountPath: /ro, readOnly: true}, {name: m, mountPath: /mem}]");
        for (int i = 0; i < 3000 && !inside("vol", "test", "-s", "/vol/f"); i++) {
            Thread.sleep(20);
        }
        cp("vol:/vol/f", here.resolve("f").toString());
        assertEquals("kept\n", Files.readString(here.resolve("f")));
        cp(here.resolve("f").toString(), "vol:/vol/g");
        cp(here.resolve("f").toString(), "vol:/mem/h");
        assertEquals("kept 0 kept 0", says("vol", "cat /vol/g; stat -c %u /vol/g; cat /mem/h; stat -c %u /mem/h").replace("\n", " "));
        String why = refused(here.resolve("f").toString(), "vol:/ro/new");
        assertTrue(why.contains("read-only"), why);
        rest.post("/v1/pods/vol/stop?grace=0").ok();
        await("vol", "exited");
        awaitStopped("vol");
        cp("vol:/vol/f", here.resolve("late").toString());
        assertEquals("kept\n", Files.readString(here.resolve("late")));
        cp("-a", here.resolve("f").toString(), "vol:/vol/new");
        assertTrue(refused(here.resolve("f").toString(), "vol:/ro/new").contains("read-only"));
        String memory = refused("vol:/mem/h", here.resolve("gone").toString());
        assertTrue(memory.contains("lies in memory") && memory.contains("start it first"), memory);
        assertEquals("kept 0 h", says("vol", "cat /vol/new; stat -c %u /vol/new; test -e /mem/h || echo h").replace("\n", " "));
    }

    /** A pod is down when its volumes are free; until then they are where they were while it ran. */
    private void awaitStopped(String pod) throws Exception {
        String seen = "";
        for (int i = 0; i < 3000 && !seen.equals("stopped"); i++) {
            seen = rest.get("/v1/pods/" + pod).ok().json().get("state").asText();
            Thread.sleep(20);
        }
        assertEquals("stopped", seen);
    }

    /** The host's paths, parts of volumes, volumes in volumes, and links to them. */
    @Test
    void volumesOfAStoppedContainerAreFoundAsItSeesThem() throws Exception {
        Path outside = text(here.resolve("host/of-the-host"), "host");
        Files.setAttribute(here, "unix:mode", 0755);
        pod("parts", "ln -s /vol/deep /short; mkdir -p /vol/deep /vol/in; echo deep > /vol/deep/file; echo inner > /vol/in/file; ln -s file /vol/deep/link;"
                        + " ln -s /etc/passwd /vol/away; touch /ready; exec sleep 1000",
                "hostUsers: true\n  volumes: [{name: v, stowbook: {volume: stowbook-test-parts}}, {name: w, emptyDir: {}}, {name: h, hostPath: {path: " + here + "/host}},"
                        + " {name: one, hostPath: {path: " + outside + "}}]",
                "volumeMounts: [{name: v, mountPath: /vol}, {name: w, mountPath: /vol/in}, {name: v, mountPath: /part, subPath: deep}, {name: h, mountPath: /host},"
                        + " {name: one, mountPath: /etc/one}]");
        for (int i = 0; i < 3000 && !inside("parts", "test", "-e", "/ready"); i++) {
            Thread.sleep(20);
        }
        rest.post("/v1/pods/parts/stop?grace=0").ok();
        awaitStopped("parts");
        for (String path : List.of("/vol/deep/file", "/short/file", "/part/file", "/vol/../vol/deep/file", "//vol/./deep/file")) {
            Path out = here.resolve("out");
            cp("parts:" + path, out.toString());
            assertEquals("deep\n", Files.readString(out), path);
        }
        cp("parts:/vol/in/file", here.resolve("in").toString());
        assertEquals("inner\n", Files.readString(here.resolve("in")));
        cp("parts:/etc/one", here.resolve("one").toString());
        assertEquals("host", Files.readString(here.resolve("one")));
        cp("parts:/vol/deep/link", here.toString());
        assertEquals(Path.of("file"), Files.readSymbolicLink(here.resolve("link")));
        for (String path : List.of("/vol/deep/link", "/vol/away")) {
            String why = refused("-L", "parts:" + path, here.resolve("no").toString());
            assertTrue(why.contains("leads through a symbolic link in a volume") && why.contains("start its pod first"), why);
        }
        assertTrue(refused("parts:/vol/none", here.toString()).contains("there is no \"/vol/none\" in the container"));
        cp(here.resolve("host") + "/.", "parts:/short");
        cp(here.resolve("in").toString(), "parts:/host/new");
        assertEquals("inner\n", Files.readString(here.resolve("host/new")));
        assertEquals("/vol/deep", copies().get(copies().size() - 2).get("data").get("path").asText());
        assertEquals("host inner", says("parts", "cat /vol/deep/of-the-host; echo -n ' '; cat /host/new"));

        rest.delete("/v1/pods/parts?force=true&grace=0").ok();
        rest.delete("/v1/volumes/stowbook-test-parts").ok(); // nobody uses it any more
    }

    /** A daemon that is killed while somebody copies leaves the volume in use; when it is back, it is not. */
    @Test
    void aVolumeIsFreeAgainAfterADaemonThatWasKilledWhileCopying() throws Exception {
        pod("cut", "exec sleep 1000", "hostUsers: true\n  volumes: [{name: v, stowbook: {volume: stowbook-test-cut}}]",
                "volumeMounts: [{name: v, mountPath: /vol}]");
        random(here.resolve("large"), 64 << 20);
        cp(here.resolve("large").toString(), "cut:/vol/large");
        rest.post("/v1/pods/cut/stop?grace=0").ok();
        awaitStopped("cut");
        try (java.nio.channels.SocketChannel reader = java.nio.channels.SocketChannel.open(
                java.net.UnixDomainSocketAddress.of(daemon.run().resolve("api.sock")))) {
            reader.write(java.nio.ByteBuffer.wrap("GET /v1/containers/cut/archive?path=/vol HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            reader.read(java.nio.ByteBuffer.allocate(100)); // it has begun, and what nobody reads holds it back
            assertEquals(1, names(daemon.run().resolve("copies")).size());
            daemon.killHard();
        }
        daemon.restart();
        rest = daemon.rest();
        assertEquals(Set.of(), names(daemon.run().resolve("copies")));
        rest.delete("/v1/pods/cut?force=true&grace=0").ok();
        rest.delete("/v1/volumes/stowbook-test-cut").ok();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aReadOnlyRootTakesNoCopies(boolean running) throws Exception {
        pod("fixed", "exec sleep 1000", "hostUsers: true", "securityContext: {readOnlyRootFilesystem: true}");
        if (!running) {
            rest.post("/v1/pods/fixed/stop?grace=0").ok();
            await("fixed", "exited");
        }
        String why = refused(text(here.resolve("f"), "x").toString(), "fixed:/root/f");
        assertTrue(why.contains("read-only"), why);
        cp("fixed:/etc/passwd", here.resolve("passwd").toString());
        assertTrue(Files.readString(here.resolve("passwd")).startsWith("root:"));
    }

    /** A container that is started while files are copied into its layer waits until they are there. */
    @Test
    void aStartWaitsForTheCopyAndFindsItsFiles() throws Exception {
        pod("late", true, false);
        Path large = here.resolve("large");
        random(large, 64 << 20);
        Thread copy = Thread.ofPlatform().start(() -> {
            try {
                cp(large.toString(), "late:/root/large");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        while (copy.isAlive()) {
            Rest.Answer started = rest.post("/v1/pods/late/start");
            assertTrue(started.status() < 500, started.text());
            await("late", "running");
            assertTrue(rest.post("/v1/pods/late/stop?grace=0").status() < 500);
            await("late", "exited");
        }
        copy.join();
        cp("late:/root/large", here.resolve("back").toString());
        assertEquals(-1, Files.mismatch(large, here.resolve("back")));
    }

    @Test
    void hugeFilesStreamThroughTheDaemon() throws Exception {
        pod("huge", true, true);
        Path huge = here.resolve("huge");
        random(huge, 400 << 20);
        long before = resident();
        cp(huge.toString(), "huge:/root/huge");
        cp("huge:/root/huge", here.resolve("back").toString());
        long grown = resident() - before;
        assertEquals(-1, Files.mismatch(huge, here.resolve("back")));
        assertTrue(grown < 128 << 20, grown + " bytes more than before");
    }

    private long resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst().orElseThrow();
    }

    private static void random(Path file, int bytes) throws IOException {
        byte[] block = new byte[1 << 20];
        new java.util.Random(bytes).nextBytes(block);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 0; i < bytes >> 20; i++) {
                block[0] = (byte) i;
                out.write(block);
            }
        }
    }

    @Test
    void allOfARunningContainerComesOutWithoutTheKernelsOwnFiles() throws Exception {
        pod("root", true, true);
        Command done = stowbook("cp", "root:/", here.resolve("all").toString());
        assertEquals(0, done.exitCode(), done.err());
        assertTrue(done.err().contains("left out, since it cannot be made here: ./dev/null"), done.err());
        assertEquals(Set.of(), names(here.resolve("all/proc")));
        assertEquals(Set.of(), names(here.resolve("all/sys")));
        assertEquals("inside\n", Files.readString(here.resolve("all/data/file")));
        assertArrayEquals(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(Path.of("/bin/busybox"))),
                MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(here.resolve("all/bin/busybox"))));
        assertTrue(Files.isSymbolicLink(here.resolve("all/bin/sh")));
        assertTrue(Files.exists(here.resolve("all/etc/hosts"), LinkOption.NOFOLLOW_LINKS));
    }
}
