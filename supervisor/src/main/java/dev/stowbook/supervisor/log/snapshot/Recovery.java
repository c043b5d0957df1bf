package dev.stowbook.supervisor.log.snapshot;

import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogHead;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.util.Optional;

/**
 * A log that is open and the state it leads to.
 *
 * @param log open for appending, the caller's to close
 * @param state at its last event
 * @param replayedEvents how many events were applied to get there
 */
public record Recovery(FramedLog log, State state, long replayedEvents) {

    /** Opens a log: of one of the stores, with the options given. */
    @FunctionalInterface
    public interface Opener {
        FramedLog open(LogOptions options) throws LogException;
    }

    /**
     * Opens a log and recovers its state, from the newest snapshot that fits the log and the events behind it, or else from all events.
     *
     * @throws LogException LOCKED, DAMAGED or BROKEN; nothing is open then
     */
    public static Recovery open(LogOptions options, Opener opener, StateSnapshots snapshots, EventFormat format)
            throws LogException {
        Optional<StateSnapshots.Taken> taken = newest(snapshots);
        FramedLog log = opener.open(options.withVerified(taken.map(StateSnapshots.Taken::head)));
        boolean done = false;
        try {
            Optional<LogHead> verified = log.openedFrom();
            State from = verified.isPresent() ? taken.orElseThrow().state() : State.empty();
            State state = Replay.run(log, format, from);
            done = true;
            return new Recovery(log, state, state.sequence() - from.sequence());
        } finally {
            if (!done) {
                log.close();
            }
        }
    }

    private static Optional<StateSnapshots.Taken> newest(StateSnapshots snapshots) {
        try {
            return snapshots.newest();
        } catch (IOException e) {
            System.getLogger(Recovery.class.getName())
                    .log(System.Logger.Level.WARNING, "no snapshot can be read, all events are replayed: " + e.getMessage());
            return Optional.empty();
        }
    }
}
