package dev.stowbook.supervisor.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.image.LayerLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonConfigTest {
    private static final Pattern ROW = Pattern.compile("^\\| `([A-Za-z.]+)` \\| ([^|]+) \\|");

    @TempDir
    private Path directory;

    private DaemonConfig read(String yaml) throws Exception {
        return DaemonConfig.read(Files.writeString(directory.resolve("c.yaml"), yaml));
    }

    /** Key and default of every row. */
    private static Map<String, String> documented() throws Exception {
        Map<String, String> rows = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("../docs/configuration.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.find() && row.group(1).contains(".")) {
                rows.put(row.group(1).replace("NAME", "*"), row.group(2));
            }
        }
        return rows;
    }

    @Test
    void theDocumentHasEveryKeyAndNoOther() throws Exception {
        assertEquals(new TreeSet<>(DaemonConfig.KEYS), new TreeSet<>(documented().keySet()));
    }

    @Test
    void theDocumentsDefaultsAreThoseOfTheProgram() throws Exception {
        StringBuilder yaml = new StringBuilder();
        String section = "";
        int defaults = 0;
        for (var row : documented().entrySet()) {
            if (!row.getValue().startsWith("`")) {
                continue;
            }
            String[] parts = row.getKey().split("\\.");
            if (!parts[0].equals(section)) {
                section = parts[0];
                yaml.append(section).append(":\n");
            }
            yaml.append("  ").append(parts[1]).append(": ").append(row.getValue().replace("`", "")).append('\n');
            defaults++;
        }
        assertEquals(35, defaults);
        assertEquals(DaemonConfig.defaults(), read(yaml.toString()));
    }

    @Test
    void anEmptyFileSetsNothing() throws Exception {
        assertEquals(DaemonConfig.defaults(), read(""));
        assertEquals(DaemonConfig.defaults(), read("# nothing\n---\nbook:\n"));
    }

    @Test
    void everyKeyIsTaken() throws Exception {
        DaemonConfig config = read("""
                drivers: {graph: vfs, cgroup: cgroup-v2, network: other, settings: {other: {speed: 10}}, deadlines: {other: 3s}}
                plugins: {other.zip: abc}
                network: {subnet: 10.99.0.0/24}
                restart: {base: 1s, factor: 3, cap: 1m, jitter: 0, resetWindow: 2m, giveUpAfter: 5}
                containerLog: {maxBytes: 65536, maxFiles: 1, drain: 0s}
                book: {reserveBytes: 0, snapshotEvery: 7}
                images: {layerBytes: 1, layerRatio: 2, layerEntries: 3, layerDepth: 4, pathBytes: 5, gcHighPercent: 90, gcLowPercent: 70, gcInterval: 30s}
                """);
        assertEquals(new LayerLimits(1, 2, 3, 4, 5), config.layerLimits());
        assertEquals(new ImageMarks(90, 70, Duration.ofSeconds(30)), config.imageMarks());
        assertEquals(Map.of("other", Map.of("speed", "10")), config.driverSettings());
        assertEquals(Map.of("other", java.time.Duration.ofSeconds(3)), config.driverDeadlines());
        assertEquals(Map.of("other.zip", "abc"), config.pluginDigests());
        assertEquals(Optional.of("10.99.0.0/24"), config.subnet());
        assertEquals(5, config.decisions().giveUpAfter());
        assertEquals(65536, config.output().maxBytes());
        assertEquals(7, config.snapshotEvery());
    }

    @Test
    void whatIsNotUnderstoodIsNamed() {
        for (var each : Map.of(
                "what: 1", "unknown key what; known are drivers, plugins",
                "book: {reserve: 1}", "unknown key book.reserve; known are reserveBytes, snapshotEvery",
                "book: 7", "book must be a mapping of reserveBytes, snapshotEvery",
                "book: {reserveBytes: -1}", "book.reserveBytes: -1 is not a whole number from 0",
                "restart: {jitter: 2}", "restart.jitter: 2 is not a number from 0.0 to 1.0",
                "restart: {base: -1s}", "restart.base: -1s is negative",
                "drivers: {graph: [a]}", "drivers.graph must be one value",
                "drivers: {settings: {a: {b: {c: 1}}}}", "drivers.settings.a.b must be one value",
                "drivers: {settings: {a: 1}}", "drivers.settings.a must be a mapping",
                "{a: 1}}", "line 1").entrySet()) {
            BootException e = assertThrows(BootException.class, () -> read(each.getKey()), each.getKey());
            assertTrue(e.getMessage().contains(each.getValue()), e.getMessage());
            assertTrue(e.getMessage().contains("c.yaml"), e.getMessage());
        }
    }

    @Test
    void aDeadlineThatNoCallCanKeepIsRefused() {
        BootException e = assertThrows(BootException.class, () -> read("drivers: {deadlines: {other: 0s}}"));
        assertTrue(e.getMessage().endsWith("drivers.deadlines.other: no call ends in less than 0.1s; write a longer time."), e.getMessage());
    }
}
