package dev.stowbook.supervisor.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.cgroup.ControllerInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loads the zips of the plugins' own builds, put together as the build does. */
@Timeout(300)
class BuiltInPluginsTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("stowbook.repository"));

    @TempDir
    Path directory;

    @Test
    void everyBuiltInZipPassesTheChecksAndTheCgroupDriverAnswers() throws Exception {
        Path dist = dist();
        var observed = new ArrayList<String>();
        var config = DriverHostConfig.automatic(dist, directory.resolve("root"), directory.resolve("run"), "0123456789ab",
                (name, observation) -> observed.add(name));
        long start = System.nanoTime();
        try (DriverHost host = DriverHost.open(config)) {
            System.out.printf("loaded %s in %d ms%n", host.driverNames(), (System.nanoTime() - start) / 1_000_000);
            assertEquals(List.of(), host.refusals());
            assertEquals(List.of("bridge", "cgroup-v1", "cgroup-v2", "local", "overlay", "vfs"), host.driverNames(),
                    "plugins are missing from the build: 'mvn package' of the whole project makes them");
            var cgroup = host.cgroupDriver();
            assertEquals(expectedCgroupDriver(), cgroup.name());
            List<String> names = cgroup.call("controllers", "*", Duration.ofSeconds(60), d -> d.controllers())
                    .get(60, TimeUnit.SECONDS)
                    .stream()
                    .map(ControllerInfo::name)
                    .toList();
            assertTrue(names.contains("memory"), names::toString);
            assertEquals("overlay", host.graphDriver().name());
            assertEquals("bridge", host.networkDriver().name());
            assertEquals("local", host.volumeDriver("local").name());
            assertTrue(Files.isDirectory(directory.resolve("root/volumes/local")));
        }
    }

    private static String expectedCgroupDriver() throws IOException {
        boolean v1 = Files.readAllLines(Path.of("/proc/self/mountinfo")).stream().anyMatch(line -> line.contains(" - cgroup "));
        return v1 ? "cgroup-v1" : "cgroup-v2";
    }

    private Path dist() throws IOException, InterruptedException {
        Path dist = directory.resolve("dist");
        Process script = new ProcessBuilder("sh", REPOSITORY.resolve("plugins/dist.sh").toString(), dist.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(script.getInputStream().readAllBytes());
        assertEquals(0, script.waitFor(), output);
        assertTrue(Files.exists(dist.resolve("plugins.sha256")), output);
        return dist;
    }
}
