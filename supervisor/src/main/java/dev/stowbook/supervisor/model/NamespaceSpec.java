package dev.stowbook.supervisor.model;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whose process ids, IPC objects and host name a pod's containers see, and what is set in namespaces of their own.
 *
 * @param pid {@link Sharing#CONTAINER} by default: each container has its own
 * @param ipc {@link Sharing#POD} by default
 * @param uts {@link Sharing#POD} by default
 * @param domainname the NIS domain name inside; the host's default if empty
 * @param sysctls kernel parameters of namespaces that the pod has for itself, by dotted name
 */
public record NamespaceSpec(
        Choice pid, Choice ipc, Choice uts, Optional<String> domainname, SortedMap<String, String> sysctls) {
    public NamespaceSpec {
        sysctls = Collections.unmodifiableSortedMap(new TreeMap<>(sysctls));
    }

    /** Whose namespace it is. */
    public enum Sharing {
        /** Each container's own. */
        CONTAINER,
        /** One for all containers of the pod. */
        POD,
        /** The host's. */
        HOST,
        /** That of a running container of another pod. */
        JOINED
    }

    /**
     * One kind's choice.
     *
     * @param of for {@link Sharing#JOINED} the container, {@code pod/container} or {@code pod} if that has one; otherwise empty text
     */
    public record Choice(Sharing sharing, String of) {
        /** A choice that names nobody. */
        public static Choice of(Sharing sharing) {
            return new Choice(sharing, "");
        }

        /** That of a running container. */
        public static Choice joined(String container) {
            return new Choice(Sharing.JOINED, container);
        }

        /** Whether it is the host's. */
        public boolean host() {
            return sharing == Sharing.HOST;
        }
    }

    /** Own process ids for each container, IPC and host name for the pod. */
    public static NamespaceSpec defaults() {
        return new NamespaceSpec(
                Choice.of(Sharing.CONTAINER), Choice.of(Sharing.POD), Choice.of(Sharing.POD), Optional.empty(), new TreeMap<>());
    }
}
