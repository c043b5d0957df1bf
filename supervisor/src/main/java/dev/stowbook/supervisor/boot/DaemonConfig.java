package dev.stowbook.supervisor.boot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.stowbook.supervisor.decide.DecisionSettings;
import dev.stowbook.supervisor.driver.DriverHostConfig;
import dev.stowbook.supervisor.execute.OutputSettings;
import dev.stowbook.supervisor.log.LogOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an operator can set; {@code docs/configuration.md} has every key. An unknown key is an error, never ignored.
 *
 * @param graphDriver name or {@code auto}
 * @param cgroupDriver name or {@code auto}
 * @param networkDriver name or {@code auto}
 * @param driverSettings section by driver name
 * @param pluginDigests SHA-256 by file name, for third-party driver zips
 * @param subnet of the default network of a new instance; a free one if empty
 * @param decisions backoff
 * @param output log files of containers
 * @param reserveBytes room left on the disk
 * @param snapshotEvery events between snapshots
 */
record DaemonConfig(
        String graphDriver,
        String cgroupDriver,
        String networkDriver,
        Map<String, Map<String, String>> driverSettings,
        Map<String, String> pluginDigests,
        Optional<String> subnet,
        DecisionSettings decisions,
        OutputSettings output,
        long reserveBytes,
        long snapshotEvery) {
    private static final long SNAPSHOT_EVERY = 20_000;

    static DaemonConfig defaults() {
        return new DaemonConfig(
                DriverHostConfig.AUTO, DriverHostConfig.AUTO, DriverHostConfig.AUTO, Map.of(), Map.of(),
                Optional.empty(), DecisionSettings.defaults(), OutputSettings.defaults(),
                LogOptions.DEFAULT_RESERVE_BYTES, SNAPSHOT_EVERY);
    }

    /** Reads a file. @throws BootException naming file and key */
    static DaemonConfig read(Path file) throws BootException {
        try {
            return new Reader(file).config(YAMLMapper.builder().build().readTree(file.toFile()));
        } catch (IOException e) {
            throw new BootException(file + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new BootException(file + ": " + e.getMessage(), e);
        }
    }

    /** Reads sections strictly. */
    private record Reader(Path file) {
        DaemonConfig config(JsonNode top) throws BootException {
            only(top, "", List.of("drivers", "plugins", "network", "restart", "containerLog", "book"));
            JsonNode drivers = top.path("drivers");
            only(drivers, "drivers.", List.of("graph", "cgroup", "network", "settings"));
            only(top.path("network"), "network.", List.of("subnet"));
            only(top.path("book"), "book.", List.of("reserveBytes", "snapshotEvery"));
            Map<String, Map<String, String>> settings = new TreeMap<>();
            for (var entry : drivers.path("settings").properties()) {
                settings.put(entry.getKey(), texts(entry.getValue()));
            }
            return new DaemonConfig(
                    drivers.path("graph").asText(DriverHostConfig.AUTO),
                    drivers.path("cgroup").asText(DriverHostConfig.AUTO),
                    drivers.path("network").asText(DriverHostConfig.AUTO),
                    settings,
                    texts(top.path("plugins")),
                    Optional.ofNullable(top.path("network").path("subnet").asText(null)),
                    decisions(top.path("restart")),
                    output(top.path("containerLog")),
                    top.path("book").path("reserveBytes").asLong(LogOptions.DEFAULT_RESERVE_BYTES),
                    top.path("book").path("snapshotEvery").asLong(SNAPSHOT_EVERY));
        }

        private DecisionSettings decisions(JsonNode restart) throws BootException {
            only(restart, "restart.", List.of("base", "factor", "cap", "jitter", "resetWindow", "giveUpAfter"));
            DecisionSettings defaults = DecisionSettings.defaults();
            return new DecisionSettings(
                    duration(restart, "base", defaults.backoffBase()),
                    restart.path("factor").asDouble(defaults.backoffFactor()),
                    duration(restart, "cap", defaults.backoffCap()),
                    restart.path("jitter").asDouble(defaults.backoffJitter()),
                    duration(restart, "resetWindow", defaults.resetWindow()),
                    restart.path("giveUpAfter").asInt(defaults.giveUpAfter()));
        }

        private OutputSettings output(JsonNode log) throws BootException {
            only(log, "containerLog.", List.of("maxBytes", "maxFiles", "drain"));
            OutputSettings defaults = OutputSettings.defaults();
            return new OutputSettings(
                    log.path("maxBytes").asLong(defaults.maxBytes()),
                    log.path("maxFiles").asInt(defaults.maxFiles()),
                    duration(log, "drain", defaults.drain()));
        }

        private Duration duration(JsonNode section, String key, Duration otherwise) throws BootException {
            String text = section.path(key).asText("");
            try {
                return text.isEmpty() ? otherwise : Duration.parse(text.startsWith("P") ? text : "PT" + text);
            } catch (java.time.format.DateTimeParseException e) {
                throw new BootException(file + ": " + key + ": " + text + " is no duration; write 500ms as 0.5s, or 5m, 1h", e);
            }
        }

        private static Map<String, String> texts(JsonNode section) {
            Map<String, String> texts = new TreeMap<>();
            for (var entry : section.properties()) {
                texts.put(entry.getKey(), entry.getValue().asText());
            }
            return texts;
        }

        private void only(JsonNode section, String prefix, List<String> known) throws BootException {
            if (!section.isMissingNode() && !section.isNull() && !section.isObject()) {
                throw new BootException(file + ": " + prefix + " must be a mapping");
            }
            for (var entry : section.properties()) {
                if (!known.contains(entry.getKey())) {
                    throw new BootException(file + ": unknown key " + prefix + entry.getKey() + "; known are "
                            + String.join(", ", known));
                }
            }
        }
    }
}
