package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /v1/volumes}, on a real loop and book with a made-up host. */
class VolumeRoutesTest {
    @TempDir
    private Path directory;

    private Api api;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory, log -> log, Duration.ofMillis(40), "stowbook");
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private UnixHttp.Response create(String json) throws Exception {
        return api.http.send("POST", "/v1/volumes", json.getBytes());
    }

    private static String message(UnixHttp.Response response) {
        return response.json().path("error").path("message").asText();
    }

    @Test
    void aVolumeIsMadeShownAndRemoved() throws Exception {
        UnixHttp.Response made = create("{\"name\":\"data\",\"labels\":{\"tier\":\"db\"}}");
        assertEquals(201, made.status(), made.text());
        JsonNode shown = api.http.get("/v1/volumes/data").json();
        assertEquals("data", shown.path("name").asText());
        assertEquals("ready", shown.path("state").asText());
        assertEquals("local", shown.path("driver").asText());
        assertEquals("db", shown.path("labels").path("tier").asText());
        assertEquals(shown, api.http.get("/v1/volumes").json().get(0));
        assertEquals(201, create("{\"name\":\"data\",\"labels\":{\"tier\":\"db\"}}").status(), "the same again is fine");
        UnixHttp.Response other = create("{\"name\":\"data\",\"driver\":\"nfs\"}");
        assertEquals(409, other.status());
        assertTrue(message(other).contains("exists with driver local"), other.text());
        assertEquals(200, api.http.send("DELETE", "/v1/volumes/data", new byte[0]).status());
        assertEquals(404, api.http.get("/v1/volumes/data").status());
        assertEquals(404, api.http.send("DELETE", "/v1/volumes/data", new byte[0]).status());
    }

    @Test
    void withoutANameItGetsAnId() throws Exception {
        UnixHttp.Response made = create("");
        assertEquals(201, made.status(), made.text());
        assertTrue(made.json().path("name").asText().matches("[0-9a-f]{64}"), made.text());
    }

    @Test
    void whatTheDriverRefusesIsToldAndNothingIsLeft() throws Exception {
        UnixHttp.Response refused = create("{\"name\":\"data\",\"options\":{\"colour\":\"blue\"}}");
        assertEquals(400, refused.status(), refused.text());
        assertEquals("no such option: colour", message(refused));
        assertEquals(404, api.http.get("/v1/volumes/data").status());
    }

    @Test
    void wrongBodiesAreRefusedByField() throws Exception {
        for (String[] wrong : new String[][] {
            {"[]", "must be a JSON object"}, {"{\"nmae\":\"x\"}", "unknown field nmae"}, {"{\"name\":\"\"}", "field name"},
            {"{\"name\":\"../x\"}", "a volume's name is"}, {"{\"options\":{\"a\":1}}", "options.a"}, {"{\"labels\":[]}", "labels"},
            {"{\"sizeLimitBytes\":\"1G\"}", "sizeLimitBytes"}, {"{\"sizeLimitBytes\":1}", "at least 4096"}, {"{", ""}}) {
            UnixHttp.Response refused = create(wrong[0]);
            assertEquals(400, refused.status(), wrong[0]);
            assertTrue(message(refused).contains(wrong[1]), wrong[0] + ": " + refused.text());
        }
    }

    @Test
    void pruningTellsWhatWentAndWhatCouldNot() throws Exception {
        create("{\"name\":\"a\"}");
        create("{\"name\":\"" + FakeHost.STUBBORN + "\"}");
        JsonNode pruned = api.http.send("POST", "/v1/volumes/prune", new byte[0]).json();
        assertEquals("[\"a\"]", pruned.path("removed").toString());
        assertEquals("[\"stubborn\"]", pruned.path("kept").toString());
        UnixHttp.Response busy = api.http.send("DELETE", "/v1/volumes/" + FakeHost.STUBBORN, new byte[0]);
        assertEquals(409, busy.status());
        assertEquals("somebody has it", message(busy));
    }
}
