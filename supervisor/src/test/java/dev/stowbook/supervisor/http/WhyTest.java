package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.state.Container;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WhyTest {
    private static final String CLI = "User-Agent: stowbook/1.0";

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

    private List<JsonNode> chain(String ref) throws Exception {
        UnixHttp.Response why = api.http.get("/v1/why/" + ref);
        assertEquals(200, why.status(), why.text());
        List<JsonNode> chain = new ArrayList<>();
        why.json().path("chain").forEach(chain::add);
        long last = Long.MAX_VALUE;
        for (JsonNode link : chain) {
            assertTrue(link.path("sequence").asLong() < last, "not newest first: " + why.text());
            last = link.path("sequence").asLong();
        }
        return chain;
    }

    private static List<String> types(List<JsonNode> chain) {
        return chain.stream().map(link -> link.path("type").asText()).toList();
    }

    private static String summary(List<JsonNode> chain, int index) {
        return chain.get(index).path("summary").asText();
    }

    @Test
    void aKilledContainerNamesTheSignalAndWhoKilledIt() throws Exception {
        api.runs("web", "");
        api.http.send("POST", "/v1/containers/web/kill", new byte[0], CLI);
        List<JsonNode> chain = chain("web");
        assertEquals(List.of("ProcessExited", "ProcessesKilled", "ContainerKilling", "StopRequested"), types(chain));
        assertTrue(
                summary(chain, 0).matches("killed by uid 0 \\(stowbook kill\\), SIGKILL, exit 137, after [0-9.]+ s"), summary(chain, 0));
        assertTrue(chain.get(2).path("actor").asText().startsWith("user cli uid 0 pid "));
        assertEquals("KillContainer", chain.get(2).path("cause").asText());
        assertEquals(chain, chain("web%2Fmain"));
    }

    @Test
    void whatHappensToARunningContainerGoesBackToItsStart() throws Exception {
        api.runs("web", "");
        api.http.send("POST", "/v1/containers/web/pause", new byte[0], CLI);
        api.http.send("POST", "/v1/containers/web/resume", new byte[0], CLI);
        List<JsonNode> chain = chain("web");
        assertEquals(List.of("ContainerResuming", "ContainerPausing", "ProcessStarted"), types(chain).subList(0, 3));
        assertEquals("PodCreated", types(chain).getLast());
        assertEquals("is paused by uid 0 (stowbook pause)", summary(chain, 1));
    }

    @Test
    void aStoppedContainerGoesBackToTheRequest() throws Exception {
        api.runs("web", "");
        api.http.send("POST", "/v1/pods/web/stop?grace=3", new byte[0], CLI);
        List<JsonNode> chain = chain("web");
        assertEquals(List.of("ProcessExited", "SignalSent", "ContainerStopping", "StopRequested"), types(chain));
        assertTrue(summary(chain, 0).startsWith("stopped by uid 0 (stowbook stop), SIGTERM, exit 143"), summary(chain, 0));
        assertTrue(summary(chain, 3).contains("grace period 3 s"), summary(chain, 3));
    }

    @Test
    void aContainerThatRanOutOfMemorySaysSo() throws Exception {
        Container container = api.runs("web", "");
        api.host.outOfMemory(container.id());
        api.host.outOfMemory(container.id());
        api.host.exits(container.id(), FakeHost.signalled(9));
        Api.await(() -> api.container("web").settled());
        List<JsonNode> chain = chain("web");
        assertEquals(List.of("ProcessExited", "OomKilled"), types(chain));
        assertTrue(summary(chain, 0).startsWith("ran out of memory (2 OOM kills), SIGKILL, exit 137"), summary(chain, 0));
    }

    @Test
    void aProgramThatIsMissingIsNamed() throws Exception {
        api.http.send("POST", "/v1/pods", Api.pod("web", "").replace("/bin/sleep", FakeHost.MISSING).getBytes(), CLI);
        Api.await(() -> api.container("web").settled());
        List<JsonNode> chain = chain("web");
        assertEquals(List.of("ProcessExited", "StepFailed", "PodStarting", "PodCreated"), types(chain));
        assertEquals("could not be started: /missing: there is no such program, exit 127", summary(chain, 0));
        assertEquals("pod web was created by uid 0 (stowbook apply)", summary(chain, 3));
        JsonNode shown = api.http.get("/v1/containers/web").json();
        assertEquals(127, shown.path("exitCode").asInt());
        assertEquals("/missing: there is no such program", shown.path("error").asText());
    }

    @Test
    void restartsShowTheirSchedule() throws Exception {
        api.http.post("/v1/pods", Api.pod("web", "").replace("Never", "Always"));
        Api.await(() -> api.container("web").running().isPresent());
        api.host.exits(api.container("web").id(), FakeHost.exited(4));
        Api.await(() -> api.container("web").attempt() == 2 && api.container("web").running().isPresent());
        List<JsonNode> chain = chain("web");
        assertEquals(
                List.of("ProcessStarted", "ContainerStarting", "RestartScheduled", "ProcessExited", "ProcessStarted", "VolumeMounted", "PodStarting", "PodCreated"),
                types(chain));
        assertTrue(summary(chain, 2).contains("ended with 4, restart 1 in a row"), summary(chain, 2));
        assertTrue(summary(chain, 3).startsWith("ended by itself, exit 4, after "), summary(chain, 3));
    }

    @Test
    void whatWasRemovedIsStillExplainedByTheBook() throws Exception {
        api.runs("web", "");
        String id = api.container("web").id().value();
        api.http.send("DELETE", "/v1/pods/web?force=true&grace=0", new byte[0], CLI);
        List<JsonNode> chain = chain("web");
        assertEquals("PodRemoved", types(chain).getFirst());
        assertTrue(types(chain).containsAll(List.of("ProcessExited", "ContainerKilling", "StopRequested", "PodRemovalRequested")), types(chain).toString());
        assertEquals("pod was removed by uid 0 (stowbook rm)", summary(chain, 0));
        assertEquals(chain, chain("web%2Fmain"));
        assertEquals(chain, chain(id.substring(0, 12)));
        assertEquals(404, api.http.get("/v1/why/nobody").status());
    }

    @Test
    void anImageTellsWhereItCameFrom() throws Exception {
        api.http.send("POST", "/v1/images/import?reference=mine", "tar".getBytes(), CLI);
        List<JsonNode> chain = chain("mine");
        assertEquals(List.of("ImageTagged", "ImageRegistered"), types(chain));
        assertEquals("entered from import by uid 0 (stowbook image load)", summary(chain, 1));
    }

    @Test
    void aVolumeTellsWhoMadeItAndWhoseItIs() throws Exception {
        api.http.send("POST", "/v1/volumes", "{\"name\":\"data\"}".getBytes(), CLI);
        assertEquals(List.of("VolumePrepared", "VolumeCreated"), types(chain("data")));
        assertEquals("volume data was created, driver local by uid 0 (stowbook volume create)", summary(chain("data"), 1));
        String manifest = Api.pod("web", "volumeMounts: [{name: v, mountPath: /v}]") + "\n  volumes: [{name: v, stowbook: {volume: data}}]\n";
        assertEquals(200, api.http.send("POST", "/v1/pods", manifest.getBytes(), CLI).status());
        Api.await(() -> api.container("web").running().isPresent());
        List<JsonNode> chain = chain("data");
        assertEquals(List.of("VolumeFilled", "VolumeMounted", "VolumesBound", "VolumePrepared", "VolumeCreated"), types(chain));
        assertTrue(summary(chain, 1).startsWith("volume data is used by pod web from /"), summary(chain, 1));
        assertEquals("pod web has it by uid 0 (stowbook apply)", summary(chain, 2));
    }

    @Test
    void aRemovedVolumeIsTheLastOfItsName() throws Exception {
        for (int i = 0; i < 2; i++) {
            api.http.send("POST", "/v1/volumes", "{\"name\":\"data\"}".getBytes(), CLI);
            api.http.send("DELETE", "/v1/volumes/data", new byte[0], CLI);
        }
        List<JsonNode> chain = chain("data");
        assertEquals(List.of("VolumeRemoved", "VolumeRemoving", "VolumePrepared", "VolumeCreated"), types(chain));
        assertEquals("volume data is to go by uid 0 (stowbook volume rm)", summary(chain, 1));
        assertEquals("volume data is gone with all that was in it", summary(chain, 0));
    }

    @Test
    void aNetworkTellsItsSubnetsAndWhichPodsWerePutOnIt() throws Exception {
        UnixHttp.Response made = api.http.send("POST", "/v1/networks", "{\"name\":\"back\",\"subnets\":[{\"subnet\":\"10.99.7.0/24\"}]}".getBytes(), CLI);
        assertEquals(200, made.status(), made.text());
        List<JsonNode> chain = chain("back");
        assertEquals(List.of("NetworkReady", "NetworkCreated"), types(chain));
        assertEquals("network back was created with 10.99.7.0/24 by uid 0 (stowbook network create)", summary(chain, 1));
        api.http.send("DELETE", "/v1/networks/back", new byte[0], CLI);
        assertEquals("NetworkRemoved", types(chain("back")).getFirst());
    }

    @Test
    void anImageThatWasRemovedIsStillExplained() throws Exception {
        api.http.send("POST", "/v1/images/import?reference=mine", "tar".getBytes(), CLI);
        String id = api.http.get("/v1/images/mine").json().path("id").asText();
        assertEquals(200, api.http.send("DELETE", "/v1/images/mine?force=true", new byte[0], CLI).status());
        List<JsonNode> chain = chain("mine");
        assertTrue(types(chain).containsAll(List.of("ImageRemoving", "ImageUntagged", "ImageTagged", "ImageRegistered")), types(chain).toString());
        assertEquals(chain, chain(id.substring(7, 19)));
    }

    @Test
    void aNameThatSeveralHaveIsOfTheKindThatWasAskedFor() throws Exception {
        api.runs("web", "");
        api.http.send("POST", "/v1/volumes", "{\"name\":\"web\"}".getBytes(), CLI);
        assertEquals("ProcessStarted", types(chain("web")).getFirst());
        assertEquals(List.of("VolumePrepared", "VolumeCreated"), types(chain("web?type=volume")));
        assertEquals(404, api.http.get("/v1/why/web?type=network").status());
        UnixHttp.Response wrong = api.http.get("/v1/why/web?type=thing");
        assertEquals(400, wrong.status());
        assertTrue(wrong.text().contains("container, pod, image, network or volume"), wrong.text());
    }
}
