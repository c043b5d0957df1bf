package dev.stowbook.supervisor.keeper;

import java.util.Optional;

/** Hears one keeper. Called on the reactor's thread, one call at a time: never blocks. */
public interface KeeperListener {
    /** The keeper has said something. */
    void message(KeeperConnection from, KeeperMessage message);

    /**
     * The connection is at its end. After {@link KeeperMessage.Exited} or {@link KeeperMessage.StartFailed} that is as it should be;
     * otherwise the keeper was killed, or has refused this connection: its exit file and its identity decide.
     *
     * @param reason what went wrong, if something did
     */
    void closed(KeeperConnection connection, Optional<Exception> reason);
}
