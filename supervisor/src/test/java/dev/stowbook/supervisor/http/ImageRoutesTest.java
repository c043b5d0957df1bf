package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.log.SmallDisk;
import dev.stowbook.testkit.RequiresRoot;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ImageRoutesTest {
    @TempDir
    private Path directory;

    private Api api;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
    }

    @AfterEach
    void close() throws Exception {
        assertEquals(0, api.uploads.open.get(), "an upload still holds the store");
        try (var left = Files.exists(directory.resolve("spool")) ? Files.list(directory.resolve("spool")) : java.util.stream.Stream.<Path>empty()) {
            assertEquals(List.of(), left.toList());
        }
        api.close();
    }

    @Test
    void aRootFileSystemOfManyMegabytesIsImported() throws Exception {
        byte[] tar = new byte[24 << 20];
        new Random(7).nextBytes(tar);
        UnixHttp.Response imported = api.http.send("POST", "/v1/images/import?reference=local%2Fbox", tar);
        assertEquals(200, imported.status(), imported.text());
        assertEquals(FakeUploads.image(tar).id(), imported.json().path("id").asText());
        assertEquals("local/box:latest", imported.json().path("reference").asText());
        JsonNode image = api.http.get("/v1/images/local%2Fbox%3Alatest").json();
        assertEquals(tar.length, image.path("sizeBytes").asLong());
        assertEquals("/bin/sh", image.at("/config/cmd/0").asText());
        assertEquals(1, api.http.get("/v1/images").json().size());
    }

    @Test
    void loadingTellsOfEveryLayerAndAtLastOfTheImages() throws Exception {
        List<JsonNode> lines = api.http.post("/v1/images/load", "a tar").text().lines().map(l -> Json.read(l.getBytes())).toList();
        assertEquals("applying", lines.get(0).at("/progress/state").asText());
        assertEquals("done", lines.get(1).at("/progress/state").asText());
        assertEquals(5, lines.get(1).at("/progress/bytes").asLong());
        assertTrue(lines.get(2).path("sequence").asLong() > 0);
        assertEquals("loaded:2", lines.get(2).at("/images/0/references/1").asText());
    }

    @Test
    void aBadTarIsRefusedWithASentenceAndLeavesNothing() throws Exception {
        UnixHttp.Response refused = api.http.post("/v1/images/import?reference=a", "bad");
        assertEquals(400, refused.status());
        assertTrue(refused.json().at("/error/message").asText().contains("cut off after 3 bytes"));
        List<JsonNode> lines = api.http.post("/v1/images/load", "bad").text().lines().map(l -> Json.read(l.getBytes())).toList();
        assertEquals("INVALID", lines.getLast().at("/error/code").asText());
        assertTrue(api.loop.durableState().images().isEmpty());
    }

    @Test
    void progressAndTheErrorBehindItComeInOrderEveryTime() throws Exception {
        for (int i = 0; i < 300; i++) {
            List<JsonNode> lines = api.http.post("/v1/images/load", "bad").text().lines().map(l -> Json.read(l.getBytes())).toList();
            assertEquals(3, lines.size(), lines.toString());
            assertEquals("INVALID", lines.get(2).at("/error/code").asText());
        }
    }

    @Test
    void aClientThatGoesAwayInTheMiddleOfAnUploadLeavesNothing() throws Exception {
        try (var channel = java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            channel.connect(java.net.UnixDomainSocketAddress.of(directory.resolve("api.sock")));
            channel.write(java.nio.ByteBuffer.wrap(
                    "POST /v1/images/import?reference=a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".getBytes()));
            Api.await(() -> Files.exists(directory.resolve("spool")) && Files.list(directory.resolve("spool")).findAny().isPresent());
        }
        Api.await(() -> Files.list(directory.resolve("spool")).findAny().isEmpty());
        assertTrue(api.loop.durableState().images().isEmpty());
    }

    @Test
    void aNameThatIsNoneOrSaysADigestIsNotGiven() throws Exception {
        api.image("box");
        api.runs("web", "");
        String digest = "good@sha256:" + "ab".repeat(32);
        for (String name : List.of("A B", "b:", "/x", "../../etc", "sha256:" + "ab".repeat(32), digest)) {
            String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
            for (String request : List.of("images/tag?source=box&target=" + encoded, "images/import?reference=" + encoded, "build?tags=" + encoded)) {
                UnixHttp.Response refused = api.http.post("/v1/" + request, "");
                assertEquals(400, refused.status(), name + ": " + refused.text());
            }
            UnixHttp.Response commit = api.http.post("/v1/containers/web/commit", "{\"reference\":\"" + name + "\"}");
            assertEquals(400, commit.status(), name + ": " + commit.text());
        }
        String sentence = api.http.post("/v1/images/tag?source=box&target=" + URLEncoder.encode(digest, StandardCharsets.UTF_8)).text();
        assertTrue(sentence.contains("has a digest"), sentence);
        assertEquals(List.of("box:latest"), List.copyOf(api.loop.durableState().references().keySet()));
    }

    @Test
    void aParameterThatIsWrongIsSaidBeforeAnythingIsStored() throws Exception {
        for (String request : List.of("import?reference=a&insecure-policy=maybe", "load?insecure-policy=maybe")) {
            UnixHttp.Response refused = api.http.post("/v1/images/" + request, "a tar");
            assertEquals(400, refused.status(), refused.text());
            assertTrue(refused.text().contains("insecure-policy is true or false"), refused.text());
        }
    }

    @Test
    void anUploadThatHasNowhereToGoIsAnsweredAllTheSame() throws Exception {
        Files.writeString(directory.resolve("spool"), "no directory");
        UnixHttp.Response refused = api.http.send("POST", "/v1/images/import?reference=a", new byte[8 << 20]); // more than a socket holds
        assertEquals(500, refused.status(), refused.text());
        Files.delete(directory.resolve("spool"));
    }

    @Test
    @RequiresRoot
    void theEndOfAnUploadThatFindsTheDiskFullIsMissed() throws Exception {
        // The disk is full when the body has ended, and its writes have not.
        try (SmallDisk disk = SmallDisk.tmpfs(directory, 1)) {
            Files.createSymbolicLink(directory.resolve("spool"), Files.createDirectory(disk.directory()));
            disk.ballast(disk.usableBytes() - (16 << 10));
            UnixHttp.Response refused = api.http.send("POST", "/v1/images/import?reference=a", new byte[40 << 10]);
            assertEquals(507, refused.status(), refused.text());
            assertTrue(api.loop.durableState().images().isEmpty());
            Files.delete(directory.resolve("spool"));
        }
    }

    @Test
    void imagesAreTaggedAndRemovedUnlessAContainerUsesThem() throws Exception {
        api.image("box");
        UnixHttp.Response tagged = api.http.post("/v1/images/tag?source=box&target=other%3A2");
        assertEquals("other:2", tagged.json().path("reference").asText(), tagged.text());
        api.runs("web", "");
        UnixHttp.Response used = api.http.delete("/v1/images/box?force=true");
        assertEquals(200, used.status(), "another reference is left, so nothing is lost: " + used.text());
        UnixHttp.Response last = api.http.delete("/v1/images/other%3A2");
        assertEquals(409, last.status(), last.text());
        assertTrue(last.json().at("/error/message").asText().contains("web"), last.text());
        api.http.delete("/v1/pods/web?force=true&grace=0");
        UnixHttp.Response removed = api.http.delete("/v1/images/other%3A2");
        assertEquals("other:2", removed.json().at("/untagged/0").asText(), removed.text());
        assertEquals(1, removed.json().path("removed").size());
        assertFalse(api.http.get("/v1/images").json().iterator().hasNext());
    }
}
