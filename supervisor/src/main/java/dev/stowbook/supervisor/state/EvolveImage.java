package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.model.ImageOrigin;
import dev.stowbook.supervisor.model.StoredImage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pcollections.PSortedMap;

/** What events about images change. */
final class EvolveImage {
    private EvolveImage() {}

    static State apply(State state, ImageEvent event, long sequence, Instant time) {
        return switch (event) {
            case ImageEvent.ImageRegistered e -> state.withImages(state.images().plus(e.image().id(), e.image()))
                    .withCatalogue(state.catalogue().registered(e.image().id(), new ImageOrigin(e.origin(), time)));
            case ImageEvent.BlobsKnown e -> state.withCatalogue(state.catalogue().with(e.blobs()));
            case ImageEvent.ImageTagged e -> state.withReferences(state.references().plus(e.reference(), e.image()));
            case ImageEvent.TreeDigested e -> state.withCatalogue(state.catalogue().digested(e.image(), e.tree()));
            case ImageEvent.SignaturePolicyOverridden e -> state;
            case ImageEvent.ImageUntagged e -> state.withReferences(state.references().minus(e.reference()));
            case ImageEvent.ImageRemoving e -> removing(state, e, sequence);
        };
    }

    private static State removing(State state, ImageEvent.ImageRemoving e, long sequence) {
        StoredImage image = state.images().get(e.image());
        PSortedMap<String, StoredImage> left = state.images().minus(e.image());
        return state.withImages(left)
                .withBuilds(state.builds().forget(e.image()))
                .withCatalogue(state.catalogue().without(e.image(), image == null ? List.of() : image.layers(), left))
                .withRemovals(state.removals().plus(e.image(), e.layers()))
                .withOperations(state.operations().plus(
                        sequence, Operation.begin(sequence, Operation.Kind.REMOVE_IMAGE, Optional.empty(), e.image(), e.steps())));
    }
}
