package dev.stowbook.supervisor.loop;

/** Whoever syncs the log and then calls {@link CommandLoop#durable}. */
public interface SyncRequests {

    /** Asks for a sync of everything appended so far. Never blocks; requests that come while one runs are one. */
    void request();
}
