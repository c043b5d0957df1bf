package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.state.Container;
import java.nio.channels.ServerSocketChannel;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ApiServerTest {
    @TempDir
    private Path directory;

    private Api api;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
        api.image("box");
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void theSocketIsForRootAndItsGroupAndGoesWithTheServer() throws Exception {
        Path socket = directory.resolve("api.sock");
        assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        api.close();
        assertFalse(Files.exists(socket));
        api = new Api(directory.resolve("again"), log -> log, Duration.ofSeconds(15), "daemon");
        socket = directory.resolve("again/api.sock");
        assertEquals("daemon", Files.readAttributes(socket, PosixFileAttributes.class).group().getName());
        assertFalse(Files.exists(directory.resolve("again/.api")));
    }

    @Test
    void aSocketThatADeadDaemonLeftIsReplacedAndALivingOnesIsNot() throws Exception {
        api.close();
        Path socket = directory.resolve("stale/api.sock");
        Files.createDirectories(socket.getParent());
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        api = new Api(socket.getParent());
        assertEquals(200, api.http.get("/v1/info").status());
        SocketFile second = new SocketFile(socket);
        Exception refused = assertThrows(java.io.IOException.class, second::prepare);
        assertTrue(refused.getMessage().contains("another daemon listens on " + socket), refused.getMessage());
        assertEquals(200, api.http.get("/v1/info").status());
    }

    @Test
    void aPathThatTheKernelWouldNotTakeIsRefusedBeforeAnythingIsBound() {
        Exception refused = assertThrows(java.io.IOException.class, () -> new SocketFile(Path.of("/tmp/" + "x".repeat(110))));
        assertTrue(refused.getMessage().contains("115 bytes") && refused.getMessage().contains("107"), refused.getMessage());
    }

    @Test
    void everyCommandIsEnteredWithThePeersUidAndPidAndTheRequestId() throws Exception {
        UnixHttp.Response applied = api.http.post("/v1/pods", Api.pod("web", ""), "User-Agent: stowbook/1.0");
        assertEquals(200, applied.status(), applied.text());
        String request = applied.headers().get("X-Request-Id");
        assertTrue(request.matches("[0-9a-f]{16}"), request);
        long sequence = applied.json().path("sequence").asLong();
        JsonNode event = Events.first(api, sequence);
        long uid = ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        assertEquals("user cli uid " + uid + " pid " + ProcessHandle.current().pid(), event.path("actor").asText());
        assertEquals("ApplyPods", event.path("cause").asText());
        assertEquals(request, event.path("request").asText());
        Api.await(() -> api.container("web").running().isPresent());
        JsonNode started = Events.of(api, "ProcessStarted").getFirst();
        assertEquals(request, started.path("request").asText(), "the request id goes with every step that it led to");
    }

    @Test
    void aPodIsAppliedShownStoppedAndRemoved() throws Exception {
        UnixHttp.Response applied = api.http.post("/v1/pods", Api.pod("web", "ports: [{containerPort: 80, hostPort: 18080}]"));
        assertEquals(200, applied.status(), applied.text());
        assertEquals("created", applied.json().at("/pods/0/action").asText());
        String id = applied.json().at("/pods/0/id").asText();
        Api.await(() -> api.container("web").running().isPresent());

        JsonNode pod = api.http.get("/v1/pods/web").json();
        assertEquals(id, pod.path("id").asText());
        assertEquals("running", pod.path("state").asText());
        assertEquals("Never", pod.path("restartPolicy").asText());
        assertEquals("web/main", pod.at("/containers/0/ref").asText());
        assertEquals(18080, pod.at("/containers/0/ports/0/hostPort").asInt());
        assertEquals(3, pod.path("namespaces").size());
        assertEquals(id, api.http.get("/v1/pods/" + id.substring(0, 8)).json().path("id").asText());

        JsonNode container = api.http.get("/v1/containers/web%2Fmain").json();
        assertEquals("running", container.path("state").asText());
        assertTrue(container.path("pid").asInt() > 0);
        assertFalse(container.has("exitCode"));
        assertEquals(1, api.http.get("/v1/containers").json().size());

        UnixHttp.Response refused = api.http.delete("/v1/pods/web");
        assertEquals(409, refused.status());
        assertEquals("CONFLICT", refused.json().at("/error/code").asText());

        UnixHttp.Response stopped = api.http.post("/v1/containers/web/stop?grace=2");
        assertEquals(200, stopped.status(), stopped.text());
        assertEquals(143, stopped.json().path("exitCode").asInt());
        assertEquals(0, api.http.get("/v1/containers").json().size());
        JsonNode ended = api.http.get("/v1/containers?all=true").json().get(0);
        assertEquals("exited", ended.path("state").asText());
        assertEquals("TERM", ended.path("signal").asText());
        assertEquals(143, ended.path("exitCode").asInt());

        UnixHttp.Response removed = api.http.delete("/v1/pods/web");
        assertEquals(200, removed.status(), removed.text());
        assertEquals("web", removed.json().path("name").asText());
        assertEquals(404, api.http.get("/v1/pods/web").status());
        assertEquals(0, api.http.get("/v1/pods").json().size());
    }

    @Test
    void aManifestIsAppliedAgainAndDeletedWhateverRuns() throws Exception {
        api.runs("web", "");
        assertEquals("unchanged", api.http.post("/v1/pods", Api.pod("web", "")).json().at("/pods/0/action").asText());
        UnixHttp.Response gone = api.http.send("DELETE", "/v1/pods?grace=1", Api.pod("web", "").getBytes());
        assertEquals("removed", gone.json().at("/pods/0/action").asText(), gone.text());
        gone = api.http.send("DELETE", "/v1/pods", Api.pod("web", "").getBytes());
        assertEquals("absent", gone.json().at("/pods/0/action").asText(), gone.text());
        assertFalse(gone.json().at("/pods/0").has("id"));
    }

    @Test
    void everyErrorOfAManifestIsToldWithItsPlace() throws Exception {
        UnixHttp.Response refused = api.http.post(
                "/v1/pods", Api.pod("web", "imagination: 1\n    imagePolicy: 2"), "X-Manifest-Name: web.yaml");
        assertEquals(400, refused.status());
        JsonNode error = refused.json().path("error");
        assertEquals("INVALID", error.path("code").asText());
        assertEquals(2, error.path("details").size(), refused.text());
        assertEquals("web.yaml", error.at("/details/0/file").asText());
        assertEquals(13, error.at("/details/0/line").asInt());
        assertEquals("spec.containers[0].imagination", error.at("/details/0/path").asText());
        assertTrue(error.path("message").asText().contains("2 errors in the manifest"), refused.text());
        assertTrue(api.loop.durableState().pods().isEmpty());
    }

    @Test
    void everyKindOfMistakeIsAnsweredWithItsCodeAndASentence() throws Exception {
        api.runs("one", "");
        api.runs("two", "");
        error(404, "NOT_FOUND", api.http.get("/v1/pods/nobody"));
        error(404, "NOT_FOUND", api.http.get("/v1/nothing"));
        error(404, "NOT_FOUND", api.http.post("/v1/containers/nobody/stop"));
        error(404, "NOT_FOUND", api.http.get("/v1/images/nothing"));
        error(404, "NOT_FOUND", api.http.get("/v1/execs/" + "0".repeat(64)));
        error(404, "NOT_FOUND", api.http.get("/v1/networks/nothing"));
        error(400, "INVALID", api.http.post("/v1/pods/one/kill?signal=NOPE"));
        error(400, "INVALID", api.http.post("/v1/pods/one/stop?grace=soon"));
        error(400, "INVALID", api.http.get("/v1/containers?all=perhaps"));
        error(400, "INVALID", api.http.get("/v1/pods?colour=red"));
        error(400, "INVALID", api.http.get("/v1/pods?at=yesterday"));
        error(400, "INVALID", api.http.get("/v1/pods?at=999999"));
        error(400, "INVALID", api.http.get("/v1/events?from=-1"));
        error(400, "INVALID", api.http.get("/v1/events?from=999999"));
        error(400, "INVALID", api.http.get("/v1/events", "Last-Event-ID: x"));
        error(400, "INVALID", api.http.get("/v1/containers/one/logs?tail=x"));
        error(400, "INVALID", api.http.get("/v1/containers/one/logs?stream=stdin"));
        error(400, "INVALID", api.http.get("/v1/containers/one/logs?since=now"));
        error(400, "INVALID", api.http.post("/v1/containers/one/exec", "{"));
        error(400, "INVALID", api.http.post("/v1/containers/one/exec", "{\"command\":[\"a\"],\"colour\":1}"));
        error(400, "INVALID", api.http.post("/v1/containers/one/exec", "{\"command\":\"a\"}"));
        error(400, "INVALID", api.http.post("/v1/containers/one/exec", "{\"command\":[]}"));
        error(400, "INVALID", api.http.post("/v1/images/import", "tar"));
        error(400, "INVALID", api.http.post("/v1/pods", "x".repeat((4 << 20) + 1)));
        error(405, "INVALID", api.http.send("PUT", "/v1/pods", new byte[0]));
        error(409, "CONFLICT", api.http.delete("/v1/images/box"));
        assertEquals(200, api.http.get("/v1/info").status());
    }

    private static void error(int status, String code, UnixHttp.Response response) {
        assertEquals(status, response.status(), response.text());
        assertEquals(code, response.json().at("/error/code").asText(), response.text());
        assertTrue(response.json().at("/error/message").asText().length() > 10, response.text());
    }

    @Test
    void waitAnswersWhenTheContainerHasExitedForGoodAndAtOnceIfItHas() throws Exception {
        Container container = api.runs("web", "");
        CompletableFuture<UnixHttp.Response> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return api.http.post("/v1/containers/web/wait");
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        Thread.sleep(100);
        assertFalse(waiting.isDone());
        api.host.exits(container.id(), FakeHost.exited(7));
        assertEquals(7, waiting.get(60, TimeUnit.SECONDS).json().path("exitCode").asInt());
        UnixHttp.Response again = api.http.post("/v1/containers/web/wait");
        assertEquals(7, again.json().path("exitCode").asInt());
        assertFalse(again.json().path("oomKilled").asBoolean());
    }

    @Test
    void waitDoesNotTakeAnExitForGoodThatIsFollowedByARestart() throws Exception {
        api.http.post("/v1/pods", Api.pod("web", "").replace("Never", "OnFailure"));
        Api.await(() -> api.container("web").running().isPresent());
        ContainerId id = api.container("web").id();
        CompletableFuture<UnixHttp.Response> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return api.http.post("/v1/containers/web/wait");
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        api.host.exits(id, FakeHost.exited(3));
        Api.await(() -> api.container("web").attempt() == 2 && api.container("web").running().isPresent());
        assertFalse(waiting.isDone());
        assertEquals(1, api.http.get("/v1/containers/web").json().path("restarts").asInt());
        api.host.exits(id, FakeHost.exited(0));
        assertEquals(0, waiting.get(60, TimeUnit.SECONDS).json().path("exitCode").asInt());
    }

    @Test
    void waitDoesNotWaitForAPodThatCannotBeTakenDown() throws Exception {
        api.host.links = FakeHost.Links.HANG;
        api.http.post("/v1/pods", Api.pod("hung", ""));
        JsonNode hung = api.http.post("/v1/containers/hung/wait").json();
        assertEquals(128, hung.path("exitCode").asInt(), hung.toString());
        assertTrue(hung.path("note").isMissingNode(), hung.toString());
        assertTrue(api.loop.durableState().podNamed("hung").orElseThrow().active());

        api.host.links = FakeHost.Links.FAIL;
        api.http.post("/v1/pods", Api.pod("stuck", "").replace("Never", "Always"));
        JsonNode stuck = api.http.post("/v1/containers/stuck/wait").json();
        assertEquals(128, stuck.path("exitCode").asInt(), stuck.toString());
        assertTrue(stuck.path("note").asText().startsWith("pod stuck could not be taken down yet"), stuck.toString());
        assertTrue(stuck.path("note").asText().contains("not started again before"), stuck.toString());
    }

    @Test
    void nothingIsShownOrAnsweredBeforeItIsDurable() throws Exception {
        api.gate.hold();
        CompletableFuture<UnixHttp.Response> applied = CompletableFuture.supplyAsync(() -> {
            try {
                return api.http.post("/v1/pods", Api.pod("web", ""));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        long before = api.loop.durableState().sequence();
        Api.await(() -> api.log.lastSequence() > before);
        assertEquals(0, api.http.get("/v1/pods").json().size());
        assertEquals(before, Events.all(api, 1).getLast().path("sequence").asLong());
        assertFalse(applied.isDone());
        api.gate.release();
        assertEquals(200, applied.get(60, TimeUnit.SECONDS).status());
        assertEquals(1, api.http.get("/v1/pods").json().size());
    }

    @Test
    void theStateOfAnyPositionOrTimeIsBroughtBackRoundedUpToAnEntrysEnd() throws Exception {
        api.runs("web", "");
        long running = api.loop.durableState().sequence();
        JsonNode created = Events.of(api, "PodCreated").getFirst();
        JsonNode before = api.http.get("/v1/state?at=" + (created.path("sequence").asLong() - 1)).json();
        assertEquals(0, before.path("pods").size());
        JsonNode middle = api.http.get("/v1/state?at=" + created.path("sequence").asLong()).json();
        assertEquals(created.path("entry").asLong(), middle.path("sequence").asLong());
        assertEquals("starting", middle.at("/pods/0/state").asText());
        assertEquals(created.path("time").asText(), middle.path("time").asText());
        api.http.delete("/v1/pods/web?force=true&grace=0");
        assertEquals(0, api.http.get("/v1/containers?all=true").json().size());
        assertEquals(1, api.http.get("/v1/containers?at=" + running).json().size());
        assertEquals("running", api.http.get("/v1/pods/web?at=" + running).json().path("state").asText());
        assertEquals(1, api.http.get("/v1/pods?at=" + created.path("time").asText()).json().size());
        assertEquals(0, api.http.get("/v1/pods?at=2020-01-01T00:00:00Z").json().size());
        JsonNode now = api.http.get("/v1/state").json();
        assertEquals(api.loop.durableState().sequence(), now.path("sequence").asLong());
        assertEquals(Events.all(api, 1).getLast().path("time").asText(), now.path("time").asText());
        assertEquals(1, now.path("networks").size());
    }

    @Test
    void infoAndVerifyTellOfTheDaemonAndItsBook() throws Exception {
        api.runs("web", "");
        JsonNode info = api.http.get("/v1/info").json();
        assertEquals(api.loop.durableState().instance().id(), info.path("instanceId").asText());
        assertEquals(1, info.at("/counts/running").asInt());
        assertEquals("overlay", info.at("/drivers/graph").asText());
        JsonNode report = api.http.post("/v1/verify").json();
        assertTrue(report.path("ok").asBoolean());
        assertEquals(api.log.lastSequence(), report.path("headSequence").asLong());
        assertTrue(report.path("headHash").asText().matches("[0-9a-f]{64}"));
    }
}
