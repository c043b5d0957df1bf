package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each counter of a reading, all of which differ, stands under its own name. */
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StatsFieldsTest {
    @TempDir
    private Path directory;

    private Api api;
    private String id;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
        api.image("box");
        id = api.runs("web", "").id().value();
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void aReadingHasEachCounterUnderItsOwnName() throws Exception {
        JsonNode reading = api.http.get("/v1/containers/web/stats").json();
        assertEquals(
                "{\"usageNanos\":1500000000,\"userNanos\":250000000,\"systemNanos\":125000000,\"periods\":21,\"throttledPeriods\":22,\"throttledNanos\":500000000}",
                reading.get("cpu").toString());
        assertEquals(
                "{\"usageBytes\":5000,\"workingSetBytes\":4000,\"peakBytes\":6000,\"anonBytes\":1,\"fileBytes\":2,\"pageFaults\":31,\"majorFaults\":32,\"oomKills\":3}",
                reading.get("memory").toString());
        assertEquals("{\"readBytes\":11,\"writeBytes\":12,\"reads\":13,\"writes\":14}", reading.get("io").toString());
        assertEquals("{\"current\":4,\"refused\":41}", reading.get("pids").toString());
        assertEquals(
                "[{\"interface\":\"eth0\",\"receivedBytes\":100,\"receivedPackets\":1,\"receivedErrors\":5,\"receivedDropped\":6,"
                        + "\"sentBytes\":200,\"sentPackets\":2,\"sentErrors\":8,\"sentDropped\":9}]",
                reading.get("network").toString());
        assertEquals("{\"cpu\":{\"someMicros\":2500000,\"fullMicros\":500000}}", reading.get("pressure").toString());
    }

    @Test
    void prometheusIsToldEachCounterUnderItsOwnName() throws Exception {
        Map<String, Double> told = new TreeMap<>();
        for (String line : api.http.get("/metrics").text().split("\n")) {
            if (line.contains("id=\"" + id + "\"")) {
                told.put(line.substring(0, line.indexOf('{')), Double.valueOf(line.substring(line.lastIndexOf(' ') + 1)));
            }
        }
        Map<String, Double> expected = new TreeMap<>(Map.of(
                "container_cpu_usage_seconds_total", 1.5, "container_cpu_user_seconds_total", 0.25, "container_cpu_system_seconds_total", 0.125,
                "container_cpu_cfs_periods_total", 21.0, "container_cpu_cfs_throttled_periods_total", 22.0, "container_cpu_cfs_throttled_seconds_total", 0.5));
        expected.putAll(Map.of(
                "container_memory_usage_bytes", 5000.0, "container_memory_working_set_bytes", 4000.0, "container_memory_rss", 1.0,
                "container_memory_cache", 2.0, "container_memory_max_usage_bytes", 6000.0, "container_oom_events_total", 3.0,
                "container_threads", 4.0, "container_forks_refused_total", 41.0));
        expected.putAll(Map.of(
                "container_fs_reads_bytes_total", 11.0, "container_fs_writes_bytes_total", 12.0, "container_fs_reads_total", 13.0, "container_fs_writes_total", 14.0,
                "container_pressure_cpu_waiting_seconds_total", 2.5, "container_pressure_cpu_stalled_seconds_total", 0.5));
        expected.putAll(Map.of(
                "container_network_receive_bytes_total", 100.0, "container_network_receive_packets_total", 1.0,
                "container_network_receive_errors_total", 5.0, "container_network_receive_packets_dropped_total", 6.0,
                "container_network_transmit_bytes_total", 200.0, "container_network_transmit_packets_total", 2.0,
                "container_network_transmit_errors_total", 8.0, "container_network_transmit_packets_dropped_total", 9.0));
        assertEquals(expected, told);
    }

    @Test
    void prometheusIsToldALimitOfMemoryWhereThereIsOne() throws Exception {
        String limited = api.runs("db", "resources: {limits: {memory: 64Mi}}").id().value();
        List<String> told = api.http.get("/metrics").text().lines().filter(line -> line.startsWith("container_spec_memory_limit_bytes{")).toList();
        assertEquals(1, told.size(), told.toString());
        assertTrue(told.getFirst().contains("id=\"" + limited + "\""), told.toString());
        assertEquals(64 << 20, Double.parseDouble(told.getFirst().substring(told.getFirst().lastIndexOf(' ') + 1)));
    }
}
