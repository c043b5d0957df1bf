package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerCreated;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent.ImageRegistered;
import dev.stowbook.supervisor.event.ImageEvent.ImageTagged;
import dev.stowbook.supervisor.event.NetworkEvent.NetworkCreated;
import dev.stowbook.supervisor.event.PodEvent.PodCreated;
import dev.stowbook.supervisor.event.VolumeEvent.VolumeCreated;
import dev.stowbook.supervisor.model.PodId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds in the book what was there once under a name; the last of that name. */
final class Past {
    /** The types of events that give names; no others need be looked at. */
    static final Set<String> NAMING =
            Set.of("PodCreated", "ContainerCreated", "ImageRegistered", "ImageTagged", "NetworkCreated", "VolumeCreated");

    private final String ref;
    private final Set<Subject.Kind> kinds;
    private final Map<PodId, String> pods = new LinkedHashMap<>();
    private Optional<Subject> found = Optional.empty();

    Past(String ref, Set<Subject.Kind> kinds) {
        this.ref = ref;
        this.kinds = kinds;
    }

    void look(Event event) {
        switch (event) {
            case PodCreated e -> {
                pods.put(e.pod(), e.spec().name());
                look(Subject.Kind.POD, e.spec().name(), e.pod().value(), new Subject.OfPod(e.spec().name(), e.pod()));
            }
            case ContainerCreated e -> {
                String name = pods.getOrDefault(e.pod(), "") + "/" + e.name();
                look(Subject.Kind.CONTAINER, name, e.container().value(), new Subject.OfContainer(name, e.container(), e.pod()));
            }
            case ImageRegistered e -> image(e.image().id(), e.image().id());
            case ImageTagged e -> image(e.reference(), e.image());
            case NetworkCreated e ->
                look(Subject.Kind.NETWORK, e.spec().name(), e.network().value(), new Subject.OfNetwork(e.spec().name(), e.network()));
            case VolumeCreated e -> look(Subject.Kind.VOLUME, e.volume(), e.volume(), new Subject.OfVolume(e.volume()));
            case Event e -> {
                // it names nothing
            }
        }
    }

    private void image(String reference, String id) {
        String name = reference.equals(Images.normalised(ref)) ? ref : reference;
        look(Subject.Kind.IMAGE, name, id.substring(id.indexOf(':') + 1), new Subject.OfImage(ref, id, List.of()));
    }

    private void look(Subject.Kind kind, String name, String id, Subject subject) {
        if (kinds.contains(kind) && (name.equals(ref) || ref.length() >= 4 && id.startsWith(ref))) {
            found = Optional.of(subject);
        }
    }

    Optional<Subject> found() {
        return found;
    }
}
