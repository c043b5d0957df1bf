package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.PodSpec;
import java.util.List;

/** A manifest that was read: every pod it asks for, or everything that is wrong with it; never some of each. */
public sealed interface ManifestResult {

    /**
     * Nothing is wrong.
     *
     * @param networks the networks, in the manifest's order
     * @param specs the pods, in the manifest's order
     * @param images what may have to be fetched first
     */
    record Pods(List<NetworkSpec> networks, List<PodSpec> specs, List<PullWish> images) implements ManifestResult {
        public Pods {
            images = List.copyOf(images);
            networks = List.copyOf(networks);
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
