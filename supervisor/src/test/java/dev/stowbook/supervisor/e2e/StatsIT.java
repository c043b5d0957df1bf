package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a container uses, told by the API, the command and Prometheus' page, held against the kernel's own files. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatsIT {
    private DaemonProcess daemon;
    private Rest rest;
    private int port;
    private JsonNode container;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Files.writeString(directory.resolve("config.yaml"), "metrics: {listen: \"127.0.0.1:" + port + "\"}\n");
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: busy}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                    - name: main
                      image: busybox
                      command: [sh, -c, "while :; do for i in 1 2 3 4 5 6 7 8 9; do :; done; done"]
                      resources: {limits: {cpu: 200m, memory: 64Mi, stowbook.dev/pids: 50}}
                """).ok();
        for (int i = 0; i < 6000 && !rest.get("/v1/containers/busy").ok().json().get("state").asText().equals("running"); i++) {
            Thread.sleep(10);
        }
        container = rest.get("/v1/containers/busy").ok().json();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    private Path group(String controller) throws IOException {
        try (Stream<Path> found = Files.find(Path.of("/sys/fs/cgroup", controller), 4,
                (path, attributes) -> path.getFileName().toString().equals(container.get("id").asText()))) {
            return found.findFirst().orElseThrow(() -> new AssertionError("no group of the container below " + controller));
        }
    }

    private long processorNanos() throws IOException {
        return Long.parseLong(Files.readString(group("cpuacct").resolve("cpuacct.usage")).strip());
    }

    @Test
    void aReadingLiesBetweenWhatTheKernelSaysBeforeAndAfter() throws Exception {
        Thread.sleep(1100); // no reading of another test's is fresh any more
        long before = processorNanos();
        JsonNode reading = rest.get("/v1/containers/busy/stats").ok().json();
        long after = processorNanos();
        long told = reading.at("/cpu/usageNanos").asLong();
        assertTrue(before > 0 && before <= told && told <= after, before + " <= " + told + " <= " + after);
        assertEquals(64 << 20, reading.at("/memory/limitBytes").asLong());
        assertTrue(reading.at("/memory/usageBytes").asLong() > 0 && reading.at("/memory/usageBytes").asLong() < 64 << 20, reading.toString());
        assertEquals(1, reading.at("/pids/current").asLong());
        assertEquals(50, reading.at("/pids/limit").asLong());
        assertEquals("eth0", reading.at("/network/0/interface").asText());
        String line = Files.readAllLines(Path.of("/proc/" + container.get("pid").asLong() + "/net/dev")).stream()
                .filter(each -> each.contains("eth0:")).findFirst().orElseThrow();
        assertTrue(reading.at("/network/0/receivedBytes").asLong() <= Long.parseLong(line.replaceAll(".*eth0: *", "").split(" +")[0]), reading.toString());
    }

    @Test
    void theCommandShowsHowMuchOfAProcessorIsUsed() throws Exception {
        Command stats = Command.stowbook("-H", "unix://" + daemon.run().resolve("api.sock"), "stats");
        assertEquals(0, stats.exitCode(), stats.err());
        List<String> lines = stats.out().lines().toList();
        assertTrue(lines.get(0).startsWith("CONTAINER   CPU"), stats.out());
        String[] cells = lines.get(1).split(" {3,}");
        assertEquals("busy/main", cells[0]);
        double percent = Double.parseDouble(cells[1].replace("%", ""));
        assertTrue(percent > 2 && percent < 30, "200m is 20 %: " + stats.out());
        assertEquals("64.0 MiB", cells[3]);
        assertEquals("1 of 50", cells[4]);
    }

    @Test
    void prometheusScrapesALoopbackAddress() throws Exception {
        HttpResponse<String> page = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, page.statusCode());
        String value = page.body().lines().filter(line -> line.startsWith("container_cpu_usage_seconds_total{") && line.contains("pod=\"busy\""))
                .findFirst().orElseThrow(() -> new AssertionError(page.body()));
        assertTrue(Double.parseDouble(value.substring(value.lastIndexOf(' '))) > 0, value);
        HttpResponse<String> other = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/pods")).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(404, other.statusCode(), "nothing but metrics is served without knowing who asks");
    }
}
