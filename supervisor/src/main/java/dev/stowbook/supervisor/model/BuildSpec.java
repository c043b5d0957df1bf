package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What is to be built, without the context. Values of arguments may be secrets: only their names are kept.
 *
 * @param dockerfile its path in the context
 * @param target the stage to end with; the last one if empty
 * @param references what the image is to be called
 * @param arguments the names of the arguments that have values
 * @param labels added to the image
 * @param cache whether steps made before are taken
 * @param pull whether base images are asked for again
 * @param platform {@code linux/amd64}; the host's if empty
 * @param step how its commands run
 */
public record BuildSpec(
        String dockerfile,
        Optional<String> target,
        List<String> references,
        List<String> arguments,
        SortedMap<String, String> labels,
        boolean cache,
        boolean pull,
        Optional<String> platform,
        StepSpec step) {
    public BuildSpec {
        references = List.copyOf(references);
        arguments = List.copyOf(arguments);
    }
}
