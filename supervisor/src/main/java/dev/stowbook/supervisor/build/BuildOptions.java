package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.image.LayerLimits;
import dev.stowbook.supervisor.image.Platform;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How to build.
 *
 * @param dockerfile its path in the context
 * @param target the stage to end with; the last one if empty
 * @param arguments values of ARG
 * @param labels for the image made
 * @param cache whether steps made before are taken
 * @param pull whether base images are asked for again
 * @param platform what to build for
 * @param limits what the context and archives may unpack to
 */
public record BuildOptions(
        String dockerfile,
        Optional<String> target,
        SortedMap<String, String> arguments,
        SortedMap<String, String> labels,
        boolean cache,
        boolean pull,
        Platform platform,
        LayerLimits limits) {}
