package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.ImageOrigin;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An image that can go without anybody missing it.
 *
 * @param image its id
 * @param references what it is called
 * @param freesBytes what its removal frees, after those before it in the list: the layers that no other image has
 * @param why it is safe to remove
 */
public record Unneeded(String image, List<String> references, long freesBytes, String why) {
    public Unneeded {
        references = List.copyOf(references);
    }

    /**
     * The images that no container uses, in the order in which they should go: those without a name, then those that came first.
     *
     * @param named whether also those that have a name
     * @param enoughBytes how much is to be freed; images beyond that are left
     */
    public static List<Unneeded> of(State state, boolean named, long enoughBytes) {
        Set<String> used = new HashSet<>();
        for (Container container : state.containers().values()) {
            used.add(container.definition().imageId());
        }
        List<StoredImage> free = state.images().values().stream().filter(image -> !used.contains(image.id())).toList();
        List<StoredImage> order = new ArrayList<>(free);
        order.sort(Comparator.comparing((StoredImage image) -> state.references().containsValue(image.id()))
                .thenComparing(image -> came(state, image))
                .thenComparing(StoredImage::id));
        Set<String> gone = new HashSet<>();
        List<Unneeded> found = new ArrayList<>();
        long freed = 0;
        for (StoredImage image : order) {
            List<String> references = state.references().entrySet().stream()
                    .filter(entry -> entry.getValue().equals(image.id()))
                    .map(Map.Entry::getKey)
                    .toList();
            if (freed >= enoughBytes || !named && !references.isEmpty()) {
                continue;
            }
            gone.add(image.id());
            long frees = freed(state, image, gone);
            freed += frees;
            String why = (references.isEmpty() ? "it has no name, and " : "") + "no container, running or stopped, is made of it; it came "
                    + came(state, image);
            found.add(new Unneeded(image.id(), references, frees, why));
        }
        return found;
    }

    private static Instant came(State state, StoredImage image) {
        ImageOrigin origin = state.catalogue().origins().get(image.id());
        return origin == null ? image.created() : origin.registered();
    }

    private static long freed(State state, StoredImage image, Set<String> gone) {
        Set<String> kept = new HashSet<>();
        for (StoredImage other : state.images().values()) {
            if (!gone.contains(other.id())) {
                other.layers().forEach(layer -> kept.add(layer.chainId()));
            }
        }
        return image.layers().stream().filter(layer -> !kept.contains(layer.chainId())).mapToLong(StoredLayer::sizeBytes).sum();
    }
}
