package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.PodId;
import java.util.List;
import java.util.Optional;

/** What whoever asked is told, once it is durable. */
public sealed interface Answer {

    /** Nothing beyond that it is done. */
    record Done() implements Answer {}

    /** What was done with each network and pod. */
    record Pods(List<NetworkAction> networks, List<PodAction> pods) implements Answer {
        public Pods {
            networks = List.copyOf(networks);
            pods = List.copyOf(pods);
        }

        /** With pods only. */
        Pods(List<PodAction> pods) {
            this(List.of(), pods);
        }
    }

    /** What was done with each network. */
    record Networks(List<NetworkAction> networks) implements Answer {
        public Networks {
            networks = List.copyOf(networks);
        }
    }

    /** {@code action}: created, unchanged, removed. */
    record NetworkAction(String id, String name, String action) {}

    /** A pod's connection to a network that was made or ended. */
    record Connected(PodId pod, EndpointId endpoint) implements Answer {}

    /** {@code action}: created, unchanged, replaced, started, stopped, killed, paused, resumed, removed, absent, updated. */
    record PodAction(String id, String name, String action) {}

    /** Limits of a container, or of a pod as a whole; {@code operation} writes them, if there is anything to write. */
    record Updated(PodId pod, Optional<ContainerId> container, Optional<Long> operation) implements Answer {}

    /** A container that something was done with. */
    record OneContainer(ContainerId container, PodId pod) implements Answer {}

    /** A process that exec starts. */
    record OneExec(ExecId exec) implements Answer {}

    /** Images that were entered. */
    record Images(List<ImageEntry> images) implements Answer {
        public Images {
            images = List.copyOf(images);
        }
    }

    /** A pull or push that has begun; its events carry that number. */
    record Transfer(long sequence) implements Answer {}

    /** An image and the references it was given. */
    record ImageEntry(String id, List<String> references) {}

    /** What was taken away of an image. */
    record ImageGone(List<String> untagged, List<String> removed) implements Answer {
        public ImageGone {
            untagged = List.copyOf(untagged);
            removed = List.copyOf(removed);
        }
    }

    /** What was done with each volume. */
    record Volumes(List<VolumeAction> volumes) implements Answer {
        public Volumes {
            volumes = List.copyOf(volumes);
        }
    }

    /** {@code action}: created, unchanged, removed. */
    record VolumeAction(String name, String action) {}
}
