package dev.stowbook.supervisor.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Checks every entry of a log: checksums, sequence, hash chain, times, bodies. */
public final class LogVerifier {

    private LogVerifier() {}

    /** Checks an open log from the first entry to where it stands now, beside its writer. */
    public static LogReport verify(FramedLog log) {
        return log.verify();
    }

    /**
     * Checks a log that is not open, as far as it can be read.
     *
     * @throws LogException LOCKED if a daemon has it: ask that daemon; BROKEN if the directory cannot be used
     */
    public static LogReport verify(Path directory, FramedLog.StoreOpener opener) throws LogException {
        try (DirectoryLock lock = DirectoryLock.take(directory);
                FrameStore store = opener.open(LogRepair.book(directory));
                FrameCursor cursor = store.first()) {
            LogReport report = walk(cursor, Long.MAX_VALUE);
            long synced = SyncedMark.read(directory).map(SyncedMark.Left::sequence).orElse(0L);
            return report.good() && report.events() < synced ? report.endingTooEarly(cursor.place(), synced) : report;
        } catch (IOException e) {
            throw new LogException(LogException.Code.BROKEN, "cannot read the book in " + directory + ": " + e.getMessage(), e);
        } catch (LogException e) {
            if (e.code() == LogException.Code.DAMAGED) {
                return LogReport.unreadable(e.getMessage());
            }
            throw e;
        }
    }

    /** Checks up to an event; {@link Long#MAX_VALUE} for all there is. */
    static LogReport walk(FrameCursor cursor, long upTo) {
        ChainCheck check = ChainCheck.fromStart();
        TextCache texts = new TextCache();
        long entries = 0;
        LogHead before = check.head();
        try {
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
            if (upTo != Long.MAX_VALUE && before.sequence() < upTo) {
                return new LogReport(entries, before.sequence(), before, Optional.empty()).endingTooEarly(cursor.place(), upTo);
            }
            return new LogReport(entries, before.sequence(), before, Optional.empty());
        } catch (LogException e) {
            return new LogReport(entries, check.head().sequence(), check.head(), Optional.of(e.getMessage()));
        }
    }
}
