package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.BuildId;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Builds, and what came of earlier ones.
 *
 * @param running those that run
 * @param cache the image that a step made, by the step's key
 * @param parents an image that a step made to the one it was made from, empty for none
 */
public record Builds(
        PSortedMap<BuildId, Build> running, PSortedMap<String, String> cache, PSortedMap<String, String> parents) {

    static Builds empty() {
        return new Builds(TreePMap.empty(), TreePMap.empty(), TreePMap.empty());
    }

    Builds with(Build build) {
        return new Builds(running.plus(build.id(), build), cache, parents);
    }

    Builds without(BuildId build) {
        return new Builds(running.minus(build), cache, parents);
    }

    Builds made(String key, String image, String parent) {
        return new Builds(running, cache.plus(key, image), parents.plus(image, parent));
    }

    /** Without an image that is going. */
    Builds forget(String image) {
        if (!parents.containsKey(image)) {
            return this;
        }
        PSortedMap<String, String> rest = cache;
        for (var entry : cache.entrySet()) {
            if (entry.getValue().equals(image)) {
                rest = rest.minus(entry.getKey());
            }
        }
        return new Builds(running, rest, parents.minus(image));
    }

    /** The build that an image is a step of while it runs. */
    public Optional<BuildId> using(String image) {
        return running.values().stream().filter(build -> build.images().containsKey(image)).map(Build::id).findFirst();
    }

    /** Whether another image was made from it. */
    public boolean isParent(String image) {
        return parents.containsValue(image);
    }
}
