package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PodId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds what a user's reference names.
 *
 * @param <T> what is looked for
 */
public sealed interface Lookup<T> {

    /** Exactly one. */
    record Found<T>(T value) implements Lookup<T> {}

    /** None; the sentence says so. */
    record Missing<T>(String message) implements Lookup<T> {}

    /** Several; the sentence names some. */
    record Ambiguous<T>(String message) implements Lookup<T> {}

    /** A pod by name, id or unique prefix of its id. */
    static Lookup<Pod> pod(State state, String ref) {
        Optional<Pod> named = state.podNamed(ref);
        if (named.isPresent()) {
            return new Found<>(named.get());
        }
        List<Pod> found = new ArrayList<>();
        if (isPrefix(ref)) {
            for (var entry : state.pods().tailMap(new PodId(ref)).entrySet()) {
                if (!entry.getKey().value().startsWith(ref)) {
                    break;
                }
                found.add(entry.getValue());
            }
        }
        return one(found, "pod", ref, found.stream().map(p -> p.id().abbreviated()).toList());
    }

    /** A container by {@code pod/container}, {@code pod} if it has one, id or unique prefix of its id. */
    static Lookup<Container> container(State state, String ref) {
        int slash = ref.indexOf('/');
        if (slash >= 0) {
            return inPod(state, ref.substring(0, slash), ref.substring(slash + 1), ref);
        }
        Optional<Pod> named = state.podNamed(ref);
        if (named.isPresent()) {
            return only(state, named.get());
        }
        List<Container> found = new ArrayList<>();
        if (isPrefix(ref)) {
            for (var entry : state.containers().tailMap(new ContainerId(ref)).entrySet()) {
                if (!entry.getKey().value().startsWith(ref)) {
                    break;
                }
                found.add(entry.getValue());
            }
        }
        return one(found, "container", ref, found.stream().map(c -> c.id().abbreviated()).toList());
    }

    /** A network by name, id or unique prefix of its id. */
    static Lookup<Network> network(State state, String ref) {
        List<Network> found = state.networks().values().stream()
                .filter(network -> network.name().equals(ref))
                .toList();
        if (found.isEmpty() && isPrefix(ref)) {
            found = state.networks().values().stream()
                    .filter(network -> network.id().value().startsWith(ref))
                    .toList();
        }
        return one(found, "network", ref, found.stream().map(n -> n.id().abbreviated()).toList());
    }

    private static Lookup<Container> only(State state, Pod pod) {
        if (pod.containers().size() == 1) {
            return new Found<>(state.container(pod.containers().getFirst()));
        }
        List<String> names = pod.containers().stream()
                .map(id -> pod.spec().name() + "/" + state.container(id).name())
                .toList();
        return new Ambiguous<>("pod " + pod.spec().name() + " has " + names.size() + " containers: name one of "
                + String.join(", ", names));
    }

    private static Lookup<Container> inPod(State state, String podRef, String name, String ref) {
        return switch (pod(state, podRef)) {
            case Found<Pod>(Pod pod) -> {
                for (ContainerId id : pod.containers()) {
                    if (state.container(id).name().equals(name)) {
                        yield new Found<>(state.container(id));
                    }
                }
                yield new Missing<>("pod " + podRef + " has no container " + name);
            }
            case Missing<Pod> missing -> new Missing<>("there is no pod " + podRef + ", so no container " + ref);
            case Ambiguous<Pod>(String message) -> new Ambiguous<>(message);
        };
    }

    private static boolean isPrefix(String ref) {
        return !ref.isEmpty() && ref.length() <= 64 && ref.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    private static <T> Lookup<T> one(List<T> found, String kind, String ref, List<String> names) {
        return switch (found.size()) {
            case 0 -> new Missing<>("there is no " + kind + " " + ref);
            case 1 -> new Found<>(found.getFirst());
            default -> new Ambiguous<>(found.size() + " " + kind + "s begin with " + ref + ": "
                    + String.join(", ", names.subList(0, Math.min(4, names.size()))));
        };
    }
}
