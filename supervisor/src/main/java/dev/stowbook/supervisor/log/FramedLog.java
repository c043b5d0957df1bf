package dev.stowbook.supervisor.log;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The log over a store of frames: sequence, chain, the check at opening, lock, disk guard, and what is durable. The stores differ in
 * how they keep bytes only.
 */
public final class FramedLog implements EventLog {
    private static final System.Logger LOG = System.getLogger(FramedLog.class.getName());

    private final DirectoryLock lock;
    private final FrameStore store;
    private final DiskGuard guard;
    private final SparseIndex index = new SparseIndex();
    private final FrameBuffer buffer = new FrameBuffer();
    private final MessageDigest sha256 = ChainCheck.sha256();
    private volatile LogHead head;
    private volatile long durableSequence;
    private @Nullable SyncedMark mark;
    private volatile boolean broken;
    private Optional<LogHead> openedFrom = Optional.empty();
    private boolean closed;

    /** Opens a store in a directory that is locked already. */
    @FunctionalInterface
    public interface StoreOpener {
        FrameStore open(Path directory) throws IOException, LogException;
    }

    private FramedLog(DirectoryLock lock, FrameStore store, DiskGuard guard) {
        this.lock = lock;
        this.store = store;
        this.guard = guard;
        this.head = LogHead.EMPTY;
    }

    /**
     * Locks the directory, checks the log from the verified entry or the start, and makes it ready for appending.
     *
     * @throws LogException LOCKED, DAMAGED or BROKEN
     */
    public static FramedLog open(LogOptions options, StoreOpener opener) throws LogException {
        DirectoryLock lock = DirectoryLock.take(options.directory());
        try {
            Path book = LogRepair.book(options.directory());
            Optional<SyncedMark.Left> left = SyncedMark.read(options.directory());
            FramedLog log = new FramedLog(
                    lock, opener.open(book), new DiskGuard(options.directory(), options.reserveBytes()));
            if (!log.begin(options, left)) {
                log = log.withoutTornTail(options, book, opener);
                log.begin(options, left);
            }
            lock.keep();
            return log;
        } catch (IOException e) {
            throw new LogException(
                    LogException.Code.BROKEN, "cannot open the book in " + options.directory() + ": " + e.getMessage(), e);
        } finally {
            if (!lock.kept()) {
                lock.close();
            }
        }
    }

    /** Checks and syncs what is there. False if a power failure tore its tail, which has to be given up first. */
    private boolean begin(LogOptions options, Optional<SyncedMark.Left> left) throws LogException, IOException {
        boolean ready = false;
        try {
            scan(options);
            requireSynced(options, left);
            store.force();
            durableSequence = head.sequence();
            mark = SyncedMark.begin(options.directory(), durableSequence);
            ready = true;
            return true;
        } catch (LogException e) {
            if (e.code() == LogException.Code.DAMAGED && torn(left)) {
                LOG.log(System.Logger.Level.WARNING, "the host went down while entries behind event " + head.sequence()
                        + " were being written; none of them had been acknowledged, and they are given up: " + e.getMessage());
                return false;
            }
            throw e;
        } finally {
            if (!ready) {
                store.close();
            }
        }
    }

    /** Whether damage behind the head can only be what was never synced when the host went down. */
    private boolean torn(Optional<SyncedMark.Left> left) throws IOException {
        return left.isPresent()
                && !left.get().bootId().equals(SyncedMark.bootId())
                && head.sequence() >= left.get().sequence();
    }

    private FramedLog withoutTornTail(LogOptions options, Path book, StoreOpener opener) throws LogException, IOException {
        Path aside = LogRepair.truncateLocked(options.directory(), book, opener, head.sequence());
        LOG.log(System.Logger.Level.WARNING, "the files as they were are in " + aside);
        return new FramedLog(lock, opener.open(book), guard);
    }

    private void requireSynced(LogOptions options, Optional<SyncedMark.Left> left) throws LogException {
        if (left.isPresent() && head.sequence() < left.get().sequence()) {
            throw new LogException(
                    LogException.Code.DAMAGED,
                    "the book in " + options.directory() + " ends with event " + head.sequence() + ", but event " + left.get().sequence()
                            + " has been on the disk: its end is missing. Restore the directory from a copy; if this is an older copy on"
                            + " purpose, remove " + SyncedMark.file(options.directory()));
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
        head = check.head();
        while (check.next(cursor)) {
            head = check.head();
            index.add(check.header().firstSequence(), cursor.position());
        }
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
            if (mark != null) {
                mark.synced(target);
            }
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
            LOG.log(System.Logger.Level.ERROR, "the last sync of the book failed", e);
        } finally {
            store.close();
            if (mark != null) {
                mark.close();
            }
            lock.close();
        }
    }
}
