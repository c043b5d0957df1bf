package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.NetworkId;

/** What the daemon's own life asks for. */
public sealed interface DaemonCommand extends Command {

    /** Gives a new log its instance id; changes nothing in an old one. */
    record CreateInstance() implements DaemonCommand {}

    /** A daemon takes the log over. */
    record StartDaemon(
            String version,
            String bootId,
            int pid,
            String graphDriver,
            String cgroupDriver,
            String networkDriver,
            String defaultSubnet,
            IdPool users)
            implements DaemonCommand {}

    /** The daemon is about to end. */
    record StopDaemon(String reason) implements DaemonCommand {}

    /** The kernel has a network. */
    record NetworkIsReady(NetworkId network, String link) implements DaemonCommand {}

    /** The kernel could not be given a network. */
    record NetworkIsMissing(NetworkId network, String code, String message) implements DaemonCommand {}

    /** The kernel has let go of a network. */
    record NetworkIsGone(NetworkId network) implements DaemonCommand {}

    /** The kernel did not let go of a network. */
    record NetworkIsStuck(NetworkId network, String code, String message) implements DaemonCommand {}
}
