package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.PodEvent.PodCreated;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stream.Subjects;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whom a question is about: what is there now, or what the book remembers under that name. */
public sealed interface Subject {

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

    /** A network. */
    record OfNetwork(String name, NetworkId id) implements Subject {

        /** Whether an event is about it, or puts a pod on it. */
        boolean isToldBy(Event event) {
            return switch (event) {
                case NetworkEvent e -> Subjects.of(e).filter(id.value()::equals).isPresent();
                case PodCreated e -> e.endpoints().stream().map(EndpointSpec::network).anyMatch(id::equals);
                case PodEvent.PodConnecting e -> e.endpoint().network().equals(id);
                case Event e -> false;
            };
        }
    }

    /** A volume, and all that had its name before. */
    record OfVolume(String name) implements Subject {

        /** Whether an event is about it, or about a pod's use of it. */
        boolean isToldBy(Event event) {
            return switch (event) {
                case VolumeEvent.VolumesBound e -> e.volumes().stream().anyMatch(volume -> volume.volume().filter(name::equals).isPresent());
                case VolumeEvent e -> Subjects.of(e).filter(name::equals).isPresent();
                case StepEvent.VolumeMounted e -> e.volume().filter(name::equals).isPresent();
                case StepEvent.VolumeFilled e -> e.volume().equals(name);
                case StepEvent.VolumeUnmounted e -> e.volume().equals(name);
                case StepEvent e -> Subjects.of(e).filter(name::equals).isPresent();
                case Event e -> false;
            };
        }
    }

    /** What a name is to mean. */
    enum Kind {
        CONTAINER, POD, IMAGE, NETWORK, VOLUME;

        /** Any of them if nothing is said; empty for a word that is none. */
        public static Optional<Set<Kind>> parse(@Nullable String word) {
            return word == null
                    ? Optional.of(EnumSet.allOf(Kind.class))
                    : Arrays.stream(values()).filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(word)).findFirst().map(EnumSet::of);
        }
    }

    /** Finds what is there now, the first of the kinds. A pod of one container is asked about for the sake of that container. */
    static Optional<Subject> present(State state, String ref, Set<Kind> kinds) {
        for (Kind kind : kinds) {
            Optional<? extends Subject> found = present(state, ref, kind);
            if (found.isPresent()) {
                return Optional.of(found.get());
            }
        }
        return Optional.empty();
    }

    private static Optional<? extends Subject> present(State state, String ref, Kind kind) {
        return switch (kind) {
            case CONTAINER -> Lookup.container(state, ref) instanceof Lookup.Found<Container>(Container container)
                    ? Optional.of(new OfContainer(
                            state.pod(container.pod()).spec().name() + "/" + container.name(), container.id(), container.pod()))
                    : Optional.empty();
            case POD -> Lookup.pod(state, ref) instanceof Lookup.Found<Pod>(Pod pod)
                    ? Optional.of(new OfPod(pod.spec().name(), pod.id()))
                    : Optional.empty();
            case IMAGE -> Images.find(state, ref).map(image -> OfImage.of(state, ref, image.id()));
            case NETWORK -> Lookup.network(state, ref) instanceof Lookup.Found<Network>(Network network)
                    ? Optional.of(new OfNetwork(network.name(), network.id()))
                    : Optional.empty();
            case VOLUME -> state.storage().volumes().containsKey(ref) ? Optional.of(new OfVolume(ref)) : Optional.empty();
        };
    }
}
