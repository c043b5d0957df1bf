package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerCreated;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.PodEvent.PodCreated;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Whom a question is about: what is there now, or what the book remembers under that name. */
sealed interface Subject {

    /** What users call it. */
    String name();

    /** A container and its pod. */
    record OfContainer(String name, ContainerId id, PodId pod) implements Subject {}

    /** A pod with all its containers. */
    record OfPod(String name, PodId id) implements Subject {}

    /** An image. */
    record OfImage(String name, String id) implements Subject {}

    /** Finds what is there now. A pod of one container is asked about for the sake of that container. */
    static Optional<Subject> present(State state, String ref) {
        if (Lookup.container(state, ref) instanceof Lookup.Found<Container>(Container container)) {
            String pod = state.pod(container.pod()).spec().name();
            return Optional.of(new OfContainer(pod + "/" + container.name(), container.id(), container.pod()));
        }
        if (Lookup.pod(state, ref) instanceof Lookup.Found<Pod>(Pod pod)) {
            return Optional.of(new OfPod(pod.spec().name(), pod.id()));
        }
        return Images.find(state, ref).map(image -> new OfImage(ref, image.id()));
    }

    /** Finds what was there once; the last of that name. */
    final class Past {
        private final String ref;
        private final Map<PodId, String> pods = new LinkedHashMap<>();
        private Optional<Subject> found = Optional.empty();

        Past(String ref) {
            this.ref = ref;
        }

        void look(Event event) {
            if (event instanceof PodCreated created) {
                look(created);
            } else if (event instanceof ContainerCreated created) {
                look(created);
            }
        }

        private void look(PodCreated e) {
            String name = e.spec().name();
            pods.put(e.pod(), name);
            if (name.equals(ref) || named(e.pod().value())) {
                found = Optional.of(new OfPod(name, e.pod()));
            }
        }

        private void look(ContainerCreated e) {
            String pod = pods.getOrDefault(e.pod(), "");
            String name = pod + "/" + e.name();
            if (name.equals(ref) || named(e.container().value())) {
                found = Optional.of(new OfContainer(name, e.container(), e.pod()));
            }
        }

        private boolean named(String id) {
            return ref.length() >= 4 && id.startsWith(ref);
        }

        Optional<Subject> found() {
            return found;
        }
    }
}
