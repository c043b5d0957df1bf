package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.State;
import java.util.Map;
import java.util.Optional;

/** Finds images by what users call them. */
public final class Images {
    private Images() {}

    /** An image by reference ({@code busybox} is {@code busybox:latest}), id, or unique prefix of its id. */
    public static Optional<StoredImage> find(State state, String name) {
        String id = state.references().get(normalised(name));
        if (id != null) {
            return Optional.ofNullable(state.images().get(id));
        }
        String prefix = name.startsWith("sha256:") ? name : "sha256:" + name;
        if (name.length() < 4) {
            return Optional.empty();
        }
        Map.Entry<String, StoredImage> only = null;
        for (var entry : state.images().tailMap(prefix).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                break;
            }
            if (only != null) {
                return Optional.empty();
            }
            only = entry;
        }
        return Optional.ofNullable(only).map(Map.Entry::getValue);
    }

    /** The image of a container: the one that a lock names, else what its reference names. */
    static Optional<StoredImage> of(State state, ContainerSpec container) {
        return container.pin().isPresent()
                ? Optional.ofNullable(state.images().get(container.pin().get().image()))
                : find(state, container.image());
    }

    /** Why there is none, and what to do. */
    static String missing(PodSpec pod, ContainerSpec container) {
        return "pod " + pod.name() + ", container " + container.name() + ": " + container.pin()
                .map(pin -> "the image " + pin.image() + " that " + container.image() + " is locked to has been removed; apply the manifest again")
                .orElse("there is no image " + container.image() + "; pull, load or import it first (stowbook pull, stowbook image load|import)");
    }

    /** A reference with its tag: {@code latest} if it has neither tag nor digest. */
    public static String normalised(String reference) {
        boolean tagged = reference.indexOf(':', reference.lastIndexOf('/') + 1) >= 0;
        return reference.contains("@") || tagged ? reference : reference + ":latest";
    }
}
