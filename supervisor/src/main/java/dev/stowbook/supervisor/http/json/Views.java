package dev.stowbook.supervisor.http.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.model.ImageOrigin;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/** Pods, images and networks as the API shows them. Pure; the oldest comes first. */
public final class Views {
    private static final Comparator<Pod> BY_AGE =
            Comparator.comparing(Pod::createdAt).thenComparing(pod -> pod.spec().name());

    private Views() {}

    /** All pods. */
    public static ArrayNode pods(State state) {
        ArrayNode array = Json.array();
        inOrder(state).forEach(pod -> array.add(pod(state, pod)));
        return array;
    }

    /** The containers of all pods: running ones, or all. */
    public static ArrayNode containers(State state, boolean all) {
        ArrayNode array = Json.array();
        for (Pod pod : inOrder(state)) {
            for (var id : pod.containers()) {
                Container container = state.container(id);
                if (all || container.running().isPresent()) {
                    array.add(ContainerView.of(state, pod, container));
                }
            }
        }
        return array;
    }

    private static List<Pod> inOrder(State state) {
        List<Pod> pods = new ArrayList<>(state.pods().values());
        pods.sort(BY_AGE);
        return pods;
    }

    /** A pod. */
    public static ObjectNode pod(State state, Pod pod) {
        ObjectNode json = Json.object()
                .put("id", pod.id().value())
                .put("name", pod.spec().name())
                .put("state", podState(state, pod))
                .put("hostname", pod.hostname());
        pod.network().address().ifPresent(address -> json.put("address", address));
        json.set("network", NetworkViews.ofPod(state, pod));
        json.set("labels", map(pod.spec().labels()));
        json.put("createdAt", pod.createdAt().toString()).put("restartPolicy", policy(pod.spec().restartPolicy()));
        ArrayNode containers = json.putArray("containers");
        pod.containers().forEach(id -> containers.add(ContainerView.of(state, pod, state.container(id))));
        json.set("volumes", VolumeViews.ofPod(state, pod));
        json.set("namespaces", numbers(pod.namespaces()));
        pod.users().ifPresent(users -> json.putObject("users").put("first", users.first()).put("count", users.count()));
        return json;
    }

    /** A container. */
    public static ObjectNode container(State state, Container container) {
        return ContainerView.of(state, state.pod(container.pod()), container);
    }

    private static String policy(PodSpec.RestartPolicy policy) {
        return switch (policy) {
            case ALWAYS -> "Always";
            case ON_FAILURE -> "OnFailure";
            case NEVER -> "Never";
        };
    }

    private static String podState(State state, Pod pod) {
        List<Container> containers = pod.containers().stream().map(state::container).toList();
        return switch (pod.phase()) {
            case STARTING -> "starting";
            case STOPPING -> "stopping";
            case REMOVING -> "removing";
            case STOPPED -> pod.removalRequested() ? "removing" : pod.nextStartAt().isPresent() ? "waiting" : "stopped";
            case RUNNING -> {
                boolean toEnd = containers.stream().allMatch(c -> c.settled() || c.stop().isPresent());
                boolean runs = containers.stream().anyMatch(c -> c.running().isPresent());
                boolean waits = containers.stream().anyMatch(c -> c.phase() == Container.Phase.WAITING);
                yield pod.removalRequested() || toEnd ? "stopping" : !runs && waits ? "waiting" : "running";
            }
        };
    }

    /** Images; those that are only steps on the way to others if {@code all}. */
    public static ArrayNode images(State state, boolean all) {
        List<StoredImage> images = new ArrayList<>(state.images().values());
        if (!all) {
            Set<String> named = Set.copyOf(state.references().values());
            images.removeIf(image -> !named.contains(image.id()) && state.builds().isParent(image.id()));
        }
        images.sort(Comparator.comparing(StoredImage::created).thenComparing(StoredImage::id));
        ArrayNode array = Json.array();
        images.forEach(image -> array.add(image(state, image)));
        return array;
    }

    /** An image. */
    public static ObjectNode image(State state, StoredImage image) {
        ObjectNode json = Json.object().put("id", image.id());
        json.set("references", Json.texts(state.references().entrySet().stream()
                .filter(entry -> entry.getValue().equals(image.id()))
                .map(Map.Entry::getKey)
                .toList()));
        json.put("sizeBytes", image.sizeBytes());
        ArrayNode layers = json.putArray("layers");
        image.layers().forEach(layer -> layers.addObject()
                .put("diffId", layer.diffId())
                .put("chainId", layer.chainId())
                .put("sizeBytes", layer.sizeBytes()));
        ImageOrigin origin = state.catalogue().origins().get(image.id());
        if (origin != null) {
            json.put("origin", origin.way()).put("registeredAt", origin.registered().toString());
        }
        ArrayNode blobs = json.putArray("blobs");
        image.layers().stream().map(layer -> state.catalogue().of(layer.diffId())).flatMap(List::stream).forEach(blob -> blobs.addObject()
                .put("digest", blob.digest()).put("diffId", blob.diffId()).put("repository", blob.repository()).put("sizeBytes", blob.sizeBytes()));
        json.put("createdAt", image.created().toString())
                .put("architecture", image.architecture())
                .put("os", image.os());
        json.set("config", run(image.run()));
        return json;
    }

    private static ObjectNode run(ImageRun run) {
        ObjectNode json = Json.object();
        json.set("env", Json.texts(run.env()));
        json.set("entrypoint", Json.texts(run.entrypoint()));
        json.set("cmd", Json.texts(run.cmd()));
        run.workingDir().ifPresent(value -> json.put("workingDir", value));
        run.user().ifPresent(value -> json.put("user", value));
        run.stopSignal().ifPresent(value -> json.put("stopSignal", value));
        json.set("exposedPorts", Json.texts(run.exposedPorts()));
        json.set("labels", map(run.labels()));
        json.set("volumes", Json.texts(run.volumes()));
        return json;
    }

    /** A signal by name, without SIG. */
    public static String signal(int number) {
        return ContainerView.signal(number);
    }

    static ObjectNode map(SortedMap<String, String> map) {
        ObjectNode json = Json.object();
        map.forEach(json::put);
        return json;
    }

    static ObjectNode numbers(SortedMap<String, Long> map) {
        ObjectNode json = Json.object();
        map.forEach(json::put);
        return json;
    }
}
