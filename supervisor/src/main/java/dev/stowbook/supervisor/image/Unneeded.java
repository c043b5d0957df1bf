package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.ImageOrigin;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
        // the steps before an image of a build go with it
        List<StoredImage> order = new ArrayList<>(state.images().values().stream()
                .filter(image -> !used.contains(image.id()) && !state.builds().isParent(image.id()))
                .toList());
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
            goes(state, image.id(), used, gone);
            long frees = freed(state, gone) - freed;
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

    /** With an image go the steps that it was made by, as far as nothing else needs them. */
    private static void goes(State state, String image, Set<String> used, Set<String> gone) {
        String next = image;
        while (next != null && state.images().containsKey(next)) {
            gone.add(next);
            String parent = state.builds().parents().get(next);
            boolean needed = parent == null
                    || !state.builds().parents().containsKey(parent)
                    || used.contains(parent)
                    || state.references().containsValue(parent)
                    || state.builds().parents().entrySet().stream().anyMatch(child -> child.getValue().equals(parent) && !gone.contains(child.getKey()));
            next = needed ? null : parent;
        }
    }

    /** The layers that went with the image and what went with it, counted when the last image that has them goes. */
    private static long freed(State state, Set<String> gone) {
        Map<String, Long> freed = new HashMap<>();
        for (StoredImage image : state.images().values()) {
            if (gone.contains(image.id())) {
                image.layers().forEach(layer -> freed.put(layer.chainId(), layer.sizeBytes()));
            }
        }
        for (StoredImage image : state.images().values()) {
            if (!gone.contains(image.id())) {
                image.layers().forEach(layer -> freed.remove(layer.chainId()));
            }
        }
        return freed.values().stream().mapToLong(Long::longValue).sum();
    }
}
