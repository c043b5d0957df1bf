package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.IdPool;

/** What happens to the daemon itself. */
public sealed interface DaemonEvent extends Event {

    /** The first event of every log: fixes the instance, whose id is part of every kernel name. */
    record InstanceCreated(String instanceId) implements DaemonEvent {}

    /**
     * A daemon took the log over. {@code rebooted}: the host was started anew since the last one; {@code users}: from which pods get
     * users of their own.
     */
    record DaemonStarted(
            String version,
            String bootId,
            boolean rebooted,
            int pid,
            String graphDriver,
            String cgroupDriver,
            String networkDriver,
            IdPool users)
            implements DaemonEvent {}

    /** A daemon let go of the log in good order. */
    record DaemonStopped(String reason) implements DaemonEvent {}

    /** Something of our instance that no event knows: a group, link, layer or keeper. It is removed. */
    record OrphanFound(String kind, String name) implements DaemonEvent {}

    /** What became of an orphan; {@code error} is empty if it is gone. */
    record OrphanRemoved(String kind, String name, String error) implements DaemonEvent {}
}
