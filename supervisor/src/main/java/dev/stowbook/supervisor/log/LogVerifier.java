package dev.stowbook.supervisor.log;

import java.util.Optional;

/** Checks every entry of a log: checksums, sequence, hash chain, times, bodies. */
public final class LogVerifier {

    private LogVerifier() {}

    /** Checks an open log from the first entry to where it stands now, beside its writer. */
    public static LogReport verify(FramedLog log) {
        return log.verify();
    }

    /** Checks up to an event; {@link Long#MAX_VALUE} for all there is. */
    static LogReport walk(FrameCursor cursor, long upTo) {
        ChainCheck check = ChainCheck.fromStart();
        TextCache texts = new TextCache();
        long entries = 0;
        try {
            LogHead before = check.head();
            while (before.sequence() < upTo && check.next(cursor)) {
                try {
                    EntryFrame.decode(cursor.frame(), cursor.length(), check.header(), check.head().hash(), texts);
                } catch (EntryFrame.Malformed e) {
                    String problem = ChainCheck.damaged(cursor.place(), before.sequence() + 1, e.getMessage()).getMessage();
                    return new LogReport(entries, before.sequence(), before, Optional.of(problem));
                }
                before = check.head();
                entries++;
            }
            if (upTo != Long.MAX_VALUE && check.head().sequence() < upTo) {
                throw ChainCheck.damaged(cursor.place(), check.nextSequence(), "the file ends there, but events up to " + upTo + " have been written");
            }
            return new LogReport(entries, check.head().sequence(), check.head(), Optional.empty());
        } catch (LogException e) {
            return new LogReport(entries, check.head().sequence(), check.head(), Optional.of(e.getMessage()));
        }
    }
}
