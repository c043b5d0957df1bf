package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.PodSpec;
import java.util.List;

/** A manifest that was read: every pod it asks for, or everything that is wrong with it; never some of each. */
public sealed interface ManifestResult {

    /**
     * Nothing is wrong.
     *
     * @param specs the pods, in the manifest's order; at least one
     */
    record Pods(List<PodSpec> specs) implements ManifestResult {
        public Pods {
            specs = List.copyOf(specs);
        }
    }

    /**
     * Something is wrong, so nothing is to be applied.
     *
     * @param errors at least one, in the order of the file
     */
    record Errors(List<ManifestError> errors) implements ManifestResult {
        public Errors {
            errors = List.copyOf(errors);
        }
    }
}
