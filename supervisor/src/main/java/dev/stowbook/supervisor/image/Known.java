package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.State;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the book says is in use.
 *
 * @param images ids, those that are on their way out included, whose own removal takes them off the disk
 * @param chains of the images' layers
 * @param layers the driver's names of all layers that images and containers have, or are about to have or lose
 */
public record Known(Set<String> images, Set<String> chains, Set<String> layers) {
    public Known {
        images = Set.copyOf(images);
        chains = Set.copyOf(chains);
        layers = Set.copyOf(layers);
    }

    public static Known of(State state) {
        Set<String> images = new HashSet<>(state.images().keySet());
        images.addAll(state.removals().keySet());
        Set<String> chains = new HashSet<>();
        Set<String> layers = new HashSet<>();
        Stream.concat(state.images().values().stream().map(StoredImage::layers), state.removals().values().stream())
                .flatMap(List::stream)
                .forEach(layer -> {
                    chains.add(layer.chainId());
                    layers.add(layer.cacheId());
                });
        List.copyOf(layers).forEach(layer -> layers.add(InitLayer.on(layer)));
        state.containers().values().forEach(container -> layers.add(container.definition().layerId()));
        return new Known(images, chains, layers);
    }

    /** Whether the book has an image or a chain. */
    public boolean uses(String name) {
        return images.contains(name) || chains.contains(name);
    }
}
