package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.Observation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What the driver host needs to know.
 *
 * @param builtInPlugins directory of the zips built with Stowbook and of their {@code plugins.sha256}; may be read-only
 * @param root the daemon's root; third-party zips lie in {@code <root>/plugins}
 * @param runDirectory the daemon's run directory
 * @param instanceId the daemon's instance, as {@link dev.stowbook.spi.DriverContext#instanceId()}
 * @param thirdPartyDigests SHA-256 in hex by file name, for the zips in {@code <root>/plugins}; others are refused
 * @param graphDriver name of the graph driver, or {@link #AUTO}
 * @param cgroupDriver name of the cgroup driver, or {@link #AUTO}
 * @param networkDriver name of the network driver, or {@link #AUTO}
 * @param settings configuration section by driver name
 * @param deadlines the longest that opening a driver or calling a verb may take, by driver name, where it is to be shorter than each verb's own
 * @param observer told the driver's name and what it observed; any thread, must not block
 */
public record DriverHostConfig(
        Path builtInPlugins,
        Path root,
        Path runDirectory,
        String instanceId,
        Map<String, String> thirdPartyDigests,
        String graphDriver,
        String cgroupDriver,
        String networkDriver,
        Map<String, Map<String, String>> settings,
        Map<String, Duration> deadlines,
        BiConsumer<String, Observation> observer) {

    /** Chooses by what the host has. */
    public static final String AUTO = "auto";

    public DriverHostConfig {
        thirdPartyDigests = Map.copyOf(thirdPartyDigests);
        settings = Map.copyOf(settings);
        deadlines = Map.copyOf(deadlines);
    }

    /** Built-in plugins only, every driver chosen by what the host has, no settings. */
    public static DriverHostConfig automatic(
            Path builtInPlugins,
            Path root,
            Path runDirectory,
            String instanceId,
            BiConsumer<String, Observation> observer) {
        return new DriverHostConfig(
                builtInPlugins, root, runDirectory, instanceId, Map.of(), AUTO, AUTO, AUTO, Map.of(), Map.of(), observer);
    }
}
