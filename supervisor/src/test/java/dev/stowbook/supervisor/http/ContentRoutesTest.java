package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContentRoutesTest {
    @TempDir
    private Path directory;

    private Api api;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
        api.http.send("POST", "/v1/images/import?reference=box", "tar".getBytes());
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private String id() throws Exception {
        return api.http.get("/v1/images/box").json().path("id").asText();
    }

    @Test
    void imagesAreSavedUnderTheNamesTheyWereAskedForBy() throws Exception {
        assertEquals(id() + " [box:latest] true", api.http.get("/v1/images/save?names=box").text());
        assertEquals(id() + " [] false", api.http.get("/v1/images/save?format=oci&names=" + id()).text());
        assertEquals(404, api.http.get("/v1/images/save?names=box,nobody").status());
        assertEquals(400, api.http.get("/v1/images/save").status());
    }

    @Test
    void aTarThatCannotBeFinishedIsBrokenOff() throws Exception {
        api.http.post("/v1/images/tag?source=box&target=broken", "");
        assertThrows(Exception.class, () -> assertEquals(0, api.http.get("/v1/images/save?names=broken").text().length()));
        assertEquals(200, api.http.get("/v1/images/box").status());
    }

    @Test
    void historyIsNewestFirstAndSaysWhatEachLayerTakes() throws Exception {
        JsonNode steps = api.http.get("/v1/images/box/history").json();
        assertEquals(2, steps.size());
        assertEquals("env", steps.get(0).path("createdBy").asText());
        assertTrue(steps.get(0).path("diffId").isMissingNode());
        assertEquals(3, steps.get(1).path("sizeBytes").asLong());
    }

    @Test
    void aContainerIsCommittedUnderAName() throws Exception {
        api.http.post("/v1/pods", Api.pod("web", ""));
        Api.await(() -> api.container("web").running().isPresent());
        UnixHttp.Response made = api.http.post("/v1/containers/web/commit", "{\"reference\":\"mine:1\",\"author\":\"me\"}");
        assertEquals(200, made.status(), made.text());
        assertEquals("mine:1", made.json().path("reference").asText());
        assertEquals("commit", api.http.get("/v1/images/mine:1").json().path("origin").asText());
        assertEquals(false, api.container("web").paused(), "it goes on");
        UnixHttp.Response bad = api.http.post("/v1/containers/web/commit", "{\"changes\":[\"BAD\"]}");
        assertEquals(400, bad.status());
        assertEquals(false, api.container("web").paused(), "it goes on");
        assertEquals(400, api.http.post("/v1/containers/web/commit", "{\"unknown\":1}").status());
        // Said before anything is made that would have to be let go of.
        String wrong = api.http.post("/v1/containers/web/commit", "{\"changes\":[\"BAD\"],\"insecurePolicy\":\"yes\"}").text();
        assertTrue(wrong.contains("the field insecurePolicy must be true or false"), wrong);
    }

    @Test
    void aDryRunRemovesNothingAndARunWhatNobodyUses() throws Exception {
        api.http.send("POST", "/v1/images/import?reference=used", "used".getBytes());
        api.http.post("/v1/pods", Api.pod("web", "").replaceFirst("image: \\w+", "image: used"));
        Api.await(() -> api.container("web").running().isPresent());
        for (String name : List.of("box", "used")) {
            JsonNode image = api.http.get("/v1/images/" + name).json();
            api.care.unused.add(new StoreCare.Item(image.path("id").asText(), name, List.of(name + ":latest"), 3, "nobody uses it"));
        }
        JsonNode dry = api.http.post("/v1/images/gc?dry-run=true", "").json();
        assertEquals(3, dry.path("items").size());
        assertEquals(11, dry.path("freesBytes").asLong());
        assertEquals(80, dry.at("/disk/lowPercent").asInt());
        assertEquals(2, api.http.get("/v1/images").json().size());
        assertEquals(0, api.http.post("/v1/images/prune", "").json().path("items").size(), "both have names");
        JsonNode done = api.http.post("/v1/images/gc", "").json();
        assertEquals(2, done.path("items").size(), "the image of a container is left: " + done);
        assertEquals(1, api.http.get("/v1/images").json().size());
        assertEquals(1, api.care.collected);
    }

    @Test
    void noImageGoesForRoomThatGarbageHasLeft() throws Exception {
        api.http.send("POST", "/v1/images/import?reference=other", "other".getBytes());
        for (String name : List.of("box", "other")) {
            JsonNode image = api.http.get("/v1/images/" + name).json();
            api.care.unused.add(new StoreCare.Item(image.path("id").asText(), name, List.of(name + ":latest"), 3, "nobody uses it"));
        }
        api.care.excessBytes = 7; // more than the garbage's 5, and one image's 3 more are enough
        JsonNode dry = api.http.post("/v1/images/gc?dry-run=true", "").json();
        assertEquals(List.of("configuration sha256:3", "box"), dry.path("items").findValuesAsText("name"));
        assertEquals(List.of("configuration sha256:3", "box"), api.http.post("/v1/images/gc", "").json().path("items").findValuesAsText("name"));
        assertEquals(200, api.http.get("/v1/images/other").status());
        assertEquals(404, api.http.get("/v1/images/box").status());
    }
}
