package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.model.ExecId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Holds the description true: every route is described and answers as described, with no field that is not. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OpenApiTest {
    private static final byte[] NOTHING = new byte[0];

    @TempDir
    private Path directory;

    private Api api;
    private JsonNode description;
    private Schema schema;
    private final Set<String> answered = new TreeSet<>();

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory, log -> log, Duration.ofMillis(40), "stowbook");
        description = api.http.get("/v1/openapi.json").json();
        schema = new Schema(description);
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void everyRouteIsDescribedWithItsParametersAndNothingElseIs() {
        assertTrue(description.path("openapi").asText().startsWith("3.1."));
        Set<String> routed = new TreeSet<>();
        api.server.routes().forEach(route -> routed.add(route.method() + " " + route.path() + " " + new TreeSet<>(route.parameters())));
        Set<String> described = new TreeSet<>();
        Set<String> ids = new TreeSet<>();
        description.path("paths").properties().forEach(path -> path.getValue().properties().forEach(operation -> {
            Set<String> parameters = new TreeSet<>();
            operation.getValue().path("parameters").forEach(parameter -> {
                if (parameter.path("in").asText().equals("query")) {
                    parameters.add(parameter.path("name").asText());
                }
            });
            described.add(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey() + " " + parameters);
            assertTrue(ids.add(operation.getValue().path("operationId").asText()), "twice: " + operation);
            assertFalse(operation.getValue().path("summary").asText().isEmpty());
            assertTrue(operation.getValue().path("responses").has("default"), path.getKey());
        }));
        assertEquals(routed, described);
    }

    @Test
    void everyAnswerIsAsDescribed() throws Exception {
        call("GET", "/v1/openapi.json", NOTHING);
        call("POST", "/v1/images/import?reference=box", "tar".getBytes());
        call("POST", "/v1/images/load", "other tar".getBytes());
        call("POST", "/v1/images/load", "bad".getBytes());
        call("POST", "/v1/build?tags=mine&arguments=%7B%22a%22:%22b%22%7D", "a context".getBytes());
        call("POST", "/v1/build", "bad".getBytes());
        call("POST", "/v1/images/pull?reference=registry.example%2Fapp", NOTHING);
        call("POST", "/v1/images/pull?reference=registry.example%2Fapp&platform=linux%2Fs390x", NOTHING);
        call("POST", "/v1/images/pull?reference=nowhere", NOTHING);
        call("POST", "/v1/images/push?reference=registry.example%2Fapp", NOTHING);
        call("POST", "/v1/registries/login?registry=registry.example", "{\"username\":\"ann\",\"password\":\"right\"}".getBytes());
        call("POST", "/v1/registries/login?registry=registry.example", "{\"username\":\"ann\",\"password\":\"wrong\"}".getBytes());
        call("DELETE", "/v1/images/registry.example%2Fapp", NOTHING);
        call("POST", "/v1/images/tag?source=box&target=cup", NOTHING);
        String manifest = Api.pod("web", "ports: [{containerPort: 80, hostPort: 18081}, {containerPort: 53, protocol: UDP}]")
                .replace("Never", "Always");
        call("POST", "/v1/pods", manifest.getBytes());
        Api.await(() -> api.container("web").running().isPresent());
        reads();
        call("GET", "/v1/containers/web/stats", NOTHING);
        call("POST", "/v1/pods", manifest.getBytes());
        api.host.exits(api.container("web").id(), FakeHost.exited(2));
        call("GET", "/v1/containers?all=true", NOTHING);
        Api.await(() -> api.container("web").attempt() == 2 && api.container("web").running().isPresent());
        execs();
        attaching();
        networks();
        logs();
        call("POST", "/v1/pods/web/stop?grace=1", NOTHING);
        reads();
        call("POST", "/v1/pods/web/start", NOTHING);
        call("GET", "/v1/containers/web/export", NOTHING);
        call("HEAD", "/v1/containers/web/archive?path=/cfg&follow=true", NOTHING);
        call("GET", "/v1/containers/web/archive?path=/etc", NOTHING);
        call("GET", "/v1/containers/web/archive?path=/nothing", NOTHING);
        assertEquals(7, call("PUT", "/v1/containers/web/archive?path=/etc&owners=true", "the tar".getBytes()).json().path("bytes").asInt());
        assertEquals(400, call("PUT", "/v1/containers/web/archive?path=/etc", "broken".getBytes()).status());
        call("POST", "/v1/containers/web/commit", "{\"reference\":\"made:1\",\"changes\":[\"USER 5\"]}".getBytes());
        call("DELETE", "/v1/images/made:1", NOTHING);
        call("POST", "/v1/containers/web/pause", NOTHING);
        call("POST", "/v1/containers/web/resume", NOTHING);
        call("POST", "/v1/pods/web/pause", NOTHING);
        call("POST", "/v1/pods/web/resume", NOTHING);
        call("POST", "/v1/containers/web/kill?signal=HUP", NOTHING);
        byte[] limits = "{\"resources\":{\"limits\":{\"stowbook.dev/pids\":5}}}".getBytes();
        assertTrue(call("PATCH", "/v1/containers/web", limits).json().path("live").asBoolean());
        call("PATCH", "/v1/pods/web", limits);
        call("PATCH", "/v1/pods/web", "stowbook: {resources: {io: {weight: 5}}}".getBytes());
        call("PATCH", "/v1/pods/web", "resources: {limit: {}}".getBytes());
        call("POST", "/v1/pods/web/kill?signal=USR1", NOTHING);
        call("POST", "/v1/containers/web/stop?grace=0.5", NOTHING);
        call("POST", "/v1/containers/web/wait", NOTHING);
        call("GET", "/v1/containers?all=true", NOTHING);
        call("GET", "/v1/why/web", NOTHING);
        call("DELETE", "/v1/pods/web", NOTHING);
        call("GET", "/v1/why/web", NOTHING);
        call("POST", "/v1/images/fsck", NOTHING);
        call("POST", "/v1/images/fsck?repair=true", NOTHING);
        assertTrue(call("POST", "/v1/images/fsck?progress=true", NOTHING).text().startsWith("{\"progress\":{\"layer\":1,\"layers\":2,\"bytes\":3,\"total\":4}}\n"));
        call("POST", "/v1/images/prune?dry-run=true", NOTHING);
        call("POST", "/v1/images/gc?dry-run=true", NOTHING);
        locks();
        call("GET", "/v1/images/save?names=box", NOTHING);
        call("GET", "/v1/images/save?names=box&format=zip", NOTHING);
        call("GET", "/v1/images/box/history", NOTHING);
        call("GET", "/v1/images/box/config", NOTHING);
        call("DELETE", "/v1/images/cup", NOTHING);
        call("DELETE", "/v1/images/box?force=true", NOTHING);
        call("POST", "/v1/pods", Api.pod("gone", "imaginary: 1").getBytes());
        call("DELETE", "/v1/pods", Api.pod("gone", "").getBytes());
        call("POST", "/v1/volumes", "{\"name\":\"data\",\"labels\":{\"a\":\"b\"},\"sizeLimitBytes\":4096}".getBytes());
        call("GET", "/v1/volumes", NOTHING);
        call("GET", "/v1/volumes/data", NOTHING);
        call("DELETE", "/v1/volumes/data", NOTHING);
        call("POST", "/v1/volumes/prune", NOTHING);
        call("POST", "/v1/verify", NOTHING);
        call("GET", "/metrics", NOTHING);
        call("GET", "/v1/events", NOTHING);
        call("GET", "/v1/events?follow=false", NOTHING, "Accept: text/event-stream", "Last-Event-ID: 3");
        assertEquals(successes(), answered, "answers that were never seen");
    }

    private void locks() throws Exception {
        ObjectNode manifest = Json.object().put("name", "a.yaml").put("text", Api.pod("held", "").replace("box", "registry.example/held"));
        ObjectNode wanted = Json.object();
        wanted.putArray("manifests").add(manifest);
        String lock = call("POST", "/v1/images/lock", Json.bytes(wanted)).json().path("text").asText();
        String other = lock.replaceAll("tree: .*", "tree: sha256:" + "0".repeat(64));
        wanted.putObject("lock").put("text", other);
        assertEquals("tree", call("POST", "/v1/images/lock", Json.bytes(wanted)).json().path("differences").path(0).path("what").asText());
        ObjectNode apply = Json.object();
        apply.set("manifest", manifest);
        apply.putObject("lock").put("name", "a.lock.yaml").put("text", lock);
        assertEquals(200, call("POST", "/v1/pods/locked", Json.bytes(apply)).status());
        JsonNode pinned = call("GET", "/v1/containers/held", NOTHING).json().path("locked");
        assertEquals(FakeLocks.MANIFEST, pinned.path("manifest").asText());
        assertEquals(FakeLocks.pulled("registry.example/held"), pinned.path("tree").asText());
        apply.putObject("lock").put("text", other);
        assertEquals(409, call("POST", "/v1/pods/locked", Json.bytes(apply)).status());
        apply.putObject("lock").put("text", "kind: Pod");
        assertEquals(400, call("POST", "/v1/pods/locked", Json.bytes(apply)).status());
        call("DELETE", "/v1/pods/held?force=true", NOTHING);
    }

    private void reads() throws Exception {
        for (String target : List.of(
                "/v1/info", "/v1/pods", "/v1/pods/web", "/v1/pods/nobody", "/v1/containers?all=true", "/v1/containers/web",
                "/v1/containers/web/changes",
                "/v1/images", "/v1/images/box", "/v1/networks", "/v1/networks/default", "/v1/volumes", "/v1/state", "/v1/state?at=1",
                "/v1/why/web", "/v1/why/box")) {
            call("GET", target, NOTHING);
        }
    }

    private void attaching() throws Exception {
        call("GET", "/v1/containers/web/attach", NOTHING);
        assertEquals(409, call("POST", "/v1/containers/web/resize?rows=24&columns=80", NOTHING).status());
        call("POST", "/v1/pods", Api.pod("terminal", "tty: true").getBytes());
        Api.await(() -> api.container("terminal").running().isPresent());
        call("POST", "/v1/containers/terminal/resize?rows=24&columns=80", NOTHING);
        call("DELETE", "/v1/pods/terminal?force=true", NOTHING);
        try (UnixHttp.Stream stream = api.http.open("/v1/containers/web/attach?logs=1", "Connection: Upgrade", "Upgrade: stowbook-stream")) {
            assertEquals(101, stream.status);
            answered.add("GET /v1/containers/{ref}/attach 101");
        }
    }

    private void networks() throws Exception {
        call("POST", "/v1/networks", "{\"name\":\"back\",\"ipv6\":true,\"internal\":true,\"mtu\":1400,\"labels\":{\"a\":\"b\"}}".getBytes());
        call("POST", "/v1/networks", "{\"name\":\"back\"}".getBytes());
        call("GET", "/v1/networks/back", NOTHING);
        call("POST", "/v1/networks/back/connect", "{\"pod\":\"web\",\"aliases\":[\"www\"]}".getBytes());
        call("DELETE", "/v1/networks/back", NOTHING);
        call("GET", "/v1/networks", NOTHING);
        call("POST", "/v1/networks/back/disconnect", "{\"pod\":\"web\"}".getBytes());
        call("DELETE", "/v1/networks/back", NOTHING);
        call("POST", "/v1/networks/prune", NOTHING);
    }

    private void execs() throws Exception {
        call("POST", "/v1/containers/web/exec", "{\"command\":[\"/missing\"]}".getBytes());
        String id = call("POST", "/v1/containers/web/exec", "{\"command\":[\"/bin/true\"]}".getBytes()).json().path("id").asText();
        call("GET", "/v1/execs/" + id, NOTHING);
        api.host.execExits(new ExecId(id), 1);
        Api.await(() -> api.loop.durableState().execs().get(new ExecId(id)).exit().isPresent());
        call("GET", "/v1/execs/" + id, NOTHING);
        call("GET", "/v1/execs/" + id + "/attach", NOTHING);
        try (UnixHttp.Stream stream = api.http.open("/v1/execs/" + id + "/attach", "Connection: Upgrade", "Upgrade: stowbook-stream")) {
            assertEquals(101, stream.status);
            answered.add("GET /v1/execs/{ref}/attach 101");
        }
    }

    private void logs() throws Exception {
        Path file = api.newestLog(api.container("web").id());
        Files.createDirectories(file.getParent());
        Files.writeString(file, "2026-11-21T06:00:00.123456789Z stdout P a\n2026-11-21T06:00:00.123456789Z stderr F b\n");
        call("GET", "/v1/containers/web/logs", NOTHING);
        call("GET", "/v1/containers/web/logs", NOTHING, "Accept: application/x-ndjson");
    }

    /** Asks, and holds the answer against the description. */
    private UnixHttp.Response call(String method, String target, byte[] body, String... headers) throws Exception {
        UnixHttp.Response response = api.http.send(method, target, body, headers);
        String path = template(target);
        JsonNode responses = description.path("paths").path(path).path(method.toLowerCase(Locale.ROOT)).path("responses");
        boolean success = response.status() < 400;
        JsonNode described = success ? responses.path(Integer.toString(response.status())) : description.at("/components/responses/Error");
        assertFalse(described.isMissingNode(), method + " " + target + " answers " + response.status() + ": " + response.text());
        String type = response.headers().get("Content-Type");
        JsonNode content = described.path("content").path(type);
        assertFalse(content.isMissingNode(), method + " " + target + " answers with " + type);
        for (JsonNode each : documents(type, response)) {
            assertEquals(List.of(), schema.problems(content.path("schema"), each), method + " " + target);
        }
        assertTrue(response.headers().get("X-Request-Id").matches("[0-9a-f]{16}"));
        if (success) {
            answered.add(method + " " + path + " " + response.status() + " " + type);
        }
        return response;
    }

    private static List<JsonNode> documents(String type, UnixHttp.Response response) {
        return switch (type) {
            case "application/json" -> List.of(response.json());
            case "application/x-ndjson" -> response.text().lines().map(line -> Json.read(line.getBytes(StandardCharsets.UTF_8))).toList();
            default -> List.of();
        };
    }

    private String template(String target) {
        String path = target.replaceAll("[?].*", "");
        if (description.path("paths").has(path)) {
            return path;
        }
        String[] parts = path.split("/");
        parts[3] = "{ref}";
        return String.join("/", parts);
    }

    private Set<String> successes() {
        Set<String> all = new TreeSet<>();
        description.path("paths").properties().forEach(path -> path.getValue().properties().forEach(operation ->
                operation.getValue().path("responses").properties().forEach(response -> {
                    String name = operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey() + " " + response.getKey();
                    if (response.getKey().equals("101")) {
                        all.add(name);
                    } else if (!response.getKey().equals("default")) {
                        response.getValue().path("content").fieldNames().forEachRemaining(type -> all.add(name + " " + type));
                    }
                })));
        return all;
    }

    @Test
    void heartbeatsAreDescribedToo() throws Exception {
        JsonNode line = description.at("/paths/~1v1~1events/get/responses/200/content/application~1x-ndjson/schema");
        long last = api.loop.durableState().sequence();
        try (UnixHttp.Stream stream = api.http.open("/v1/events?follow=true&from=" + (last + 1))) {
            assertEquals(List.of(), schema.problems(line, stream.jsonLine()));
        }
    }

    @Test
    void aFieldThatIsNotDescribedOneThatIsMissingAndOneOfAnotherTypeAreSeen() throws Exception {
        JsonNode info = description.at("/components/schemas/Info");
        ObjectNode good = (ObjectNode) api.http.get("/v1/info").json();
        assertEquals(List.of(), schema.problems(info, good));
        List<String> problems = new ArrayList<>();
        problems.addAll(schema.problems(info, good.deepCopy().put("surprise", 1)));
        ObjectNode without = good.deepCopy();
        without.remove("kernel");
        problems.addAll(schema.problems(info, without));
        problems.addAll(schema.problems(info, good.deepCopy().put("pid", "12")));
        problems.addAll(schema.problems(info, good.deepCopy().put("cgroupMode", "v3")));
        assertEquals(4, problems.size(), problems.toString());
    }
}
