package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.stats.InterfaceCounters;
import dev.stowbook.supervisor.stats.Reading;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Statistics: one reader for each container, however many watch, and none where nobody does. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StatsTest {
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
    void nobodyWatchesSoNothingIsRead() throws Exception {
        api.runs("web", "");
        Thread.sleep(3 * Api.STATS_INTERVAL.toMillis());
        assertEquals(0, api.stats.reads.get());
    }

    @Test
    void aContainerIsReadOnceInAnIntervalHoweverManyWatchIt() throws Exception {
        api.runs("web", "");
        api.runs("db", "");
        List<UnixHttp.Stream> watchers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            watchers.add(api.http.open("/v1/containers/web/stats?follow=true"));
        }
        for (UnixHttp.Stream watcher : watchers) {
            assertEquals("web/main", watcher.jsonLine().path("ref").asText());
        }
        assertEquals(1, api.hub.watched());
        int ticksBefore = api.statsTicks.get();
        int before = api.stats.reads.get();
        Api.await(() -> api.statsTicks.get() >= ticksBefore + 10);
        int last = api.stats.reads.get();
        int ticks = api.statsTicks.get() - ticksBefore;
        assertTrue(last - before >= 9 && last - before <= ticks + 1, last - before + " reads for 20 watchers in " + ticks + " intervals");
        for (UnixHttp.Stream watcher : watchers) { // all are told the same readings
            JsonNode reading = watcher.jsonLine();
            while (Instant.parse(reading.path("time").asText()).getEpochSecond() < last) {
                reading = watcher.jsonLine();
            }
        }
        for (UnixHttp.Stream watcher : watchers) {
            watcher.close();
        }
        Api.await(() -> api.hub.watched() == 0);
        int after = api.stats.reads.get();
        Thread.sleep(4 * Api.STATS_INTERVAL.toMillis());
        assertTrue(api.stats.reads.get() <= after + 1, "read on although nobody watches any more");
    }

    @Test
    void aStreamTellsRatesGoesOnOverARestartAndEndsWithItsContainer() throws Exception {
        api.runs("web", "");
        try (UnixHttp.Stream stream = api.http.open("/v1/containers/web/stats?follow=true")) {
            stream.jsonLine();
            JsonNode second = stream.jsonLine();
            assertEquals(1.5, second.path("cpu").path("processors").asDouble());
            assertEquals(4000, second.path("memory").path("workingSetBytes").asLong());
            assertEquals("{\"someMicros\":2500000,\"fullMicros\":500000}", second.path("pressure").path("cpu").toString());
            assertFalse(second.path("pressure").has("memory"));
            assertEquals(200, second.path("network").path(0).path("sentBytes").asLong());
            api.http.send("POST", "/v1/pods/web/stop?grace=0", new byte[0]);
            api.http.send("POST", "/v1/pods/web/start", new byte[0]);
            Api.await(() -> api.container("web").running().isPresent());
            assertTrue(stream.jsonLine().has("cpu"));
            api.http.send("DELETE", "/v1/pods/web?force=true&grace=0", new byte[0]);
            while (stream.jsonLine() != null) {
                continue; // what was read before
            }
        }
        assertEquals(0, api.hub.watched());
    }

    @Test
    void whatDoesNotRunOrCannotBeMeasuredIsSaidSo() throws Exception {
        api.runs("web", "");
        api.stats.broken = true;
        UnixHttp.Response broken = api.http.get("/v1/containers/web/stats");
        assertEquals(503, broken.status());
        assertTrue(broken.text().contains("container web could not be measured: the driver cgroup-v1 hangs"), broken.text());
        api.stats.broken = false;
        assertEquals(200, api.http.get("/v1/containers/web/stats").status());
        api.http.send("POST", "/v1/pods/web/stop?grace=0", new byte[0]);
        UnixHttp.Response stopped = api.http.get("/v1/containers/web/stats");
        assertEquals(409, stopped.status());
        assertTrue(stopped.text().contains("does not run"), stopped.text());
    }

    @Test
    void whoAsksDuringAReadJoinsIt() throws Exception {
        api.runs("web", "");
        api.stats.gate = new CompletableFuture<>();
        List<CompletableFuture<Reading>> asked = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            asked.add(api.hub.once(api.container("web")));
        }
        assertEquals(1, api.stats.reads.get());
        assertTrue(asked.stream().noneMatch(CompletableFuture::isDone));
        api.stats.gate.complete(null);
        for (CompletableFuture<Reading> each : asked) {
            assertEquals(asked.getFirst().get(), each.get());
        }
        assertEquals(1, api.stats.reads.get());
    }

    @Test
    void whatIsRemovedWhileItIsReadIsSaidToBe() throws Exception {
        api.runs("web", "");
        api.stats.gate = new CompletableFuture<>();
        CompletableFuture<UnixHttp.Response> asked = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                asked.complete(api.http.get("/v1/containers/web/stats"));
            } catch (IOException e) {
                asked.completeExceptionally(e);
            }
        });
        Api.await(() -> api.stats.reads.get() == 1);
        assertEquals(200, api.http.delete("/v1/pods/web?force=true&grace=0").status());
        Api.await(() -> api.loop.durableState().containers().isEmpty());
        api.stats.gate.complete(null);
        UnixHttp.Response answer = asked.get(60, TimeUnit.SECONDS);
        assertEquals(404, answer.status(), answer.text());
        assertTrue(answer.text().contains("container web was removed while it was measured"), answer.text());
    }

    @Test
    void prometheusFindsContainersByTheNamesItsDashboardsKnow() throws Exception {
        String id = api.runs("web", "").id().value();
        UnixHttp.Response text = api.http.get("/metrics");
        assertTrue(text.headers().get("Content-Type").startsWith("text/plain; version=0.0.4"), text.headers().toString());
        String labels = "{container=\"main\",id=\"" + id + "\",image=\"box\",pod=\"web\"}";
        assertTrue(text.text().contains("# TYPE container_cpu_usage_seconds_total counter\n"), text.text());
        assertTrue(text.text().contains("container_cpu_usage_seconds_total" + labels + " 1.5\n"), text.text());
        assertTrue(text.text().contains("container_memory_working_set_bytes" + labels + " 4000.0\n"), text.text());
        assertTrue(text.text().contains("container_pressure_cpu_waiting_seconds_total" + labels + " 2.5\n"), text.text());
        assertTrue(text.text().contains(",interface=\"eth0\",pod=\"web\"} 100.0\n"), text.text());
        assertTrue(text.text().contains("stowbook_containers{phase=\"running\"} 1.0\n"), text.text());
        assertTrue(text.text().contains("stowbook_events_total "), text.text());
        assertFalse(text.text().contains("container_memory_swap"), "no counter, no metric");
        UnixHttp.Response open = api.http.send("GET", "/metrics", new byte[0], "Accept: application/openmetrics-text; version=1.0.0");
        assertTrue(open.headers().get("Content-Type").startsWith("application/openmetrics-text"), open.headers().toString());
        assertTrue(open.text().endsWith("# EOF\n"), open.text());
    }

    @Test
    void aContainerThatCannotBeMeasuredIsMissingFromTheMetricsAndNothingElseIs() throws Exception {
        api.runs("web", "");
        api.stats.broken = true;
        UnixHttp.Response text = api.http.get("/metrics");
        assertEquals(200, text.status());
        assertFalse(text.text().contains("container_cpu"));
        assertTrue(text.text().contains("stowbook_pods 1.0\n"), text.text());
    }

    @Test
    void countersOfLinksAreReadAsTheKernelWritesThem() {
        List<InterfaceCounters> links = InterfaceCounters.parse(List.of(
                "Inter-|   Receive                                                |  Transmit",
                " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed",
                "    lo:     160       2    0    0    0     0          0         0      160       2    0    0    0     0       0          0",
                "  eth0:1126       15    1    2    0     0          0         0      656       8    3    4    0     0       0          0"));
        assertEquals(List.of(new InterfaceCounters("eth0", 1126, 15, 1, 2, 656, 8, 3, 4)), links);
    }
}
