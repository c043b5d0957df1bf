package dev.stowbook.supervisor.log;

import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Reads a {@link FramedLog} forward and checks what it reads. */
final class FramedReader implements EntryReader {
    private static final int LOOKS = 100;
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private final FramedLog log;
    private final FrameCursor cursor;
    private final ChainCheck check;
    private final TextCache texts = new TextCache();
    private final long fromSequence;
    private long readSequence;

    FramedReader(FramedLog log, FrameCursor cursor, ChainCheck check, long fromSequence) {
        this.log = log;
        this.cursor = cursor;
        this.check = check;
        this.fromSequence = fromSequence;
    }

    @Override
    public Optional<Entry> next() throws LogException {
        // The head is asked first: what is behind it has been written in full, and is damage if it cannot be read.
        while (Math.max(readSequence + 1, fromSequence) <= log.lastSequence()) {
            if (!appears()) {
                throw ChainCheck.damaged(cursor.place(), readSequence + 1, "the file ends there, but events up to " + log.lastSequence() + " have been written");
            }
            readSequence = check.head().sequence();
            if (readSequence >= fromSequence) {
                return Optional.of(decode(check.header()));
            }
        }
        return Optional.empty();
    }

    /**
     * Moves to the next frame, which has been written. A cursor that was opened while the store began its very first file may look
     * a moment too early; what is not there after a while is damage.
     */
    private boolean appears() throws LogException {
        for (int look = 0; look < LOOKS; look++) {
            if (check.next(cursor)) {
                return true;
            }
            Thread.yield();
            LockSupport.parkNanos(LOOK_AGAIN_NANOS); // returns at once when interrupted, which says nothing about the log
        }
        return false;
    }

    private Entry decode(EntryFrame.Header header) throws LogException {
        try {
            return EntryFrame.decode(cursor.frame(), cursor.length(), header, check.head().hash(), texts);
        } catch (EntryFrame.Malformed e) {
            throw ChainCheck.damaged(cursor.place(), header.firstSequence(), e.getMessage());
        }
    }

    @Override
    public void close() {
        cursor.close();
    }
}
