package dev.stowbook.supervisor.log;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The log over a store of frames: sequence, chain, the check at opening, lock, disk guard, and what is durable. The stores differ in
 * how they keep bytes only.
 */
public final class FramedLog implements EventLog {
    private final DirectoryLock lock;
    private final FrameStore store;
    private final DiskGuard guard;
    private final SparseIndex index = new SparseIndex();
    private final FrameBuffer buffer = new FrameBuffer();
    private final MessageDigest sha256 = ChainCheck.sha256();
    private volatile LogHead head;
    private volatile long durableSequence;
    private volatile boolean broken;
    private Optional<LogHead> openedFrom = Optional.empty();
    private boolean closed;

    /** Opens a store in a directory that is locked already. */
    @FunctionalInterface
    public interface StoreOpener {
        FrameStore open(Path directory) throws IOException, LogException;
    }

    private FramedLog(DirectoryLock lock, FrameStore store, DiskGuard guard, LogHead head) {
        this.lock = lock;
        this.store = store;
        this.guard = guard;
        this.head = head;
    }

    /**
     * Locks the directory, checks the log from the verified entry or the start, and makes it ready for appending.
     *
     * @throws LogException LOCKED, DAMAGED or BROKEN
     */
    public static FramedLog open(LogOptions options, StoreOpener opener) throws LogException {
        DirectoryLock lock = DirectoryLock.take(options.directory());
        FrameStore store = null;
        try {
            store = opener.open(options.directory());
            FramedLog log = new FramedLog(lock, store, new DiskGuard(options.directory(), options.reserveBytes()), LogHead.EMPTY);
            log.scan(options);
            store.force();
            log.durableSequence = log.head.sequence();
            lock.keep();
            return log;
        } catch (IOException e) {
            throw new LogException(
                    LogException.Code.BROKEN, "cannot open the book in " + options.directory() + ": " + e.getMessage(), e);
        } finally {
            if (!lock.kept()) {
                if (store != null) {
                    store.close();
                }
                lock.close();
            }
        }
    }

    private void scan(LogOptions options) throws LogException {
        if (options.verified().isPresent() && options.verified().get().sequence() > 0) {
            LogHead verified = options.verified().get();
            try (FrameCursor cursor = store.at(verified.position())) {
                if (holds(cursor, verified)) {
                    openedFrom = options.verified();
                    index.add(verified.sequence(), verified.position());
                    scan(cursor, ChainCheck.after(verified));
                    return;
                }
            }
        }
        try (FrameCursor cursor = store.first()) {
            scan(cursor, ChainCheck.fromStart());
        }
    }

    /** Whether an entry is where an earlier run says; anything else means that all has to be checked. */
    private static boolean holds(FrameCursor cursor, LogHead verified) {
        try {
            ChainCheck check = ChainCheck.fromMiddle();
            return check.next(cursor)
                    && check.head().sequence() == verified.sequence()
                    && MessageDigest.isEqual(check.head().hash(), verified.hash());
        } catch (LogException e) {
            return false;
        }
    }

    private void scan(FrameCursor cursor, ChainCheck check) throws LogException {
        while (check.next(cursor)) {
            index.add(check.header().firstSequence(), cursor.position());
        }
        head = check.head();
        try {
            store.sealed(cursor);
        } catch (EntryFrame.Malformed e) {
            throw ChainCheck.damaged(cursor.place(), check.nextSequence(), e.getMessage());
        }
    }

    /** The verified entry that the check at opening began at; empty if all of the log was checked. */
    public Optional<LogHead> openedFrom() {
        return openedFrom;
    }

    @Override
    public LogHead head() {
        return head;
    }

    @Override
    public long lastSequence() {
        return head.sequence();
    }

    @Override
    public long durableSequence() {
        return durableSequence;
    }

    @Override
    public void append(EntryDraft draft) throws LogException {
        requireUsable();
        LogHead last = head;
        if (draft.firstSequence() != last.sequence() + 1) {
            throw new IllegalArgumentException(
                    "an entry that begins with event " + draft.firstSequence() + " cannot follow event " + last.sequence());
        }
        if (draft.time().isBefore(last.time())) {
            throw new IllegalArgumentException("an entry of " + draft.time() + " cannot follow one of " + last.time());
        }
        byte[] frame = EntryFrame.encode(draft, last.hash(), buffer);
        guard.require(frame.length);
        store.reserve(frame.length);
        long position = write(frame);
        index.add(draft.firstSequence(), position);
        head = new LogHead(draft.lastSequence(), draft.time(), sha256.digest(frame), position);
    }

    private long write(byte[] frame) throws LogException {
        try {
            return store.append(frame);
        } catch (LogException e) {
            throw e;
        } catch (Exception | InternalError e) {
            // InternalError is what a SIGBUS in a mapped file becomes: no block for the page, or a truncated file.
            throw broken("a write to the book failed: " + e.getMessage(), e);
        }
    }

    private LogException broken(String what, Throwable cause) {
        broken = true;
        return new LogException(
                LogException.Code.BROKEN,
                what + ". Nothing more is appended; the daemon must end and begin again from what is on the disk",
                cause);
    }

    private void requireUsable() throws LogException {
        if (broken) {
            throw new LogException(
                    LogException.Code.BROKEN, "an earlier write or sync of the book failed; the daemon must end and begin again");
        }
    }

    @Override
    public long sync() throws LogException {
        requireUsable();
        long target = head.sequence();
        if (target > durableSequence) {
            try {
                store.force();
            } catch (Exception | InternalError e) {
                throw broken("bringing the book to the disk failed: " + e.getMessage(), e);
            }
            durableSequence = target;
        }
        return target;
    }

    @Override
    public EntryReader read(long fromSequence) throws LogException {
        long from = Math.max(1, fromSequence);
        OptionalLong known = index.floor(from);
        FrameCursor cursor = known.isPresent() ? store.at(known.getAsLong()) : store.near(from);
        return new FramedReader(this, cursor, ChainCheck.fromMiddle(), from);
    }

    /** Checks the whole log beside the writer, up to where it stands now. */
    LogReport verify() {
        try (FrameCursor cursor = store.first()) {
            return LogVerifier.walk(cursor, head.sequence());
        } catch (LogException e) {
            return LogReport.unreadable(e.getMessage());
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!broken) {
                sync();
            }
        } catch (LogException e) {
            System.getLogger(FramedLog.class.getName()).log(System.Logger.Level.ERROR, "the last sync of the book failed", e);
        } finally {
            store.close();
            lock.close();
        }
    }
}
