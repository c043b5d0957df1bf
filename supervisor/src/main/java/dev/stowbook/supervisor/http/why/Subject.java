package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerCreated;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.PodEvent.PodCreated;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stream.Subjects;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

    /** An image, with those it was made from step by step, nearest first. */
    record OfImage(String name, String id, List<String> madeFrom) implements Subject {
        static OfImage of(State state, String name, String id) {
            List<String> madeFrom = new ArrayList<>();
            for (String each = state.builds().parents().get(id); each != null && !each.isEmpty(); each = state.builds().parents().get(each)) {
                madeFrom.add(each);
            }
            return new OfImage(name, id, List.copyOf(madeFrom));
        }

        /** Whether an event tells how it came to be, or what it is called. */
        boolean isToldBy(Event event) {
            return switch (event) {
                case BuildEvent.BuildStepDone e -> !e.cached() && !e.key().isEmpty() && (e.image().equals(id) || madeFrom.contains(e.image()));
                case BuildEvent e -> false;
                case StepEvent.BuildFinished e -> e.image().equals(id);
                case StepEvent.ImageRemoved e -> e.image().equals(id);
                case StepEvent.ImageRemovalFailed e -> e.image().equals(id);
                case TransferEvent e -> true;
                case ImageEvent e -> Subjects.of(e).map(this::isFirstOrLast).orElse(true);
                case Event e -> false;
            };
        }

        private boolean isFirstOrLast(String image) {
            return image.equals(id) || !madeFrom.isEmpty() && image.equals(madeFrom.getLast());
        }
    }

    /** Finds what is there now. A pod of one container is asked about for the sake of that container. */
    static Optional<Subject> present(State state, String ref) {
        if (Lookup.container(state, ref) instanceof Lookup.Found<Container>(Container container)) {
            String pod = state.pod(container.pod()).spec().name();
            return Optional.of(new OfContainer(pod + "/" + container.name(), container.id(), container.pod()));
        }
        if (Lookup.pod(state, ref) instanceof Lookup.Found<Pod>(Pod pod)) {
            return Optional.of(new OfPod(pod.spec().name(), pod.id()));
        }
        return Images.find(state, ref).map(image -> OfImage.of(state, ref, image.id()));
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
