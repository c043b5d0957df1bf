package dev.stowbook.supervisor.log;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Checks frames one after the other: checksum, gapless sequence, hash chain, time that never runs backwards. One thread. */
final class ChainCheck {
    private final MessageDigest sha256 = sha256();
    private LogHead head;
    private EntryFrame.@Nullable Header header;
    /** False until a frame has been seen, if it began in the middle: what comes before is not known then. */
    private boolean anchored;

    private ChainCheck(LogHead head, boolean anchored) {
        this.head = head;
        this.anchored = anchored;
    }

    /** Of a whole log. */
    static ChainCheck fromStart() {
        return new ChainCheck(LogHead.EMPTY, true);
    }

    /** Of what follows an entry. */
    static ChainCheck after(LogHead head) {
        return new ChainCheck(head, true);
    }

    /** Of what follows any entry; the first frame is taken as it is. */
    static ChainCheck fromMiddle() {
        return new ChainCheck(LogHead.EMPTY, false);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** The last entry accepted. */
    LogHead head() {
        return head;
    }

    /**
     * Moves a cursor to the next frame, checks it and makes it the head.
     *
     * @return false if there is none
     * @throws LogException DAMAGED, naming place and sequence
     */
    boolean next(FrameCursor cursor) throws LogException {
        try {
            if (!cursor.next()) {
                return false;
            }
            EntryFrame.Header found = EntryFrame.check(cursor.frame(), cursor.length());
            if (anchored) {
                checkFollows(found, cursor);
            }
            anchored = true;
            header = found;
            head = new LogHead(found.lastSequence(), EntryFrame.time(found.timeNanos()), hash(cursor), cursor.position());
            return true;
        } catch (EntryFrame.Malformed e) {
            throw damaged(cursor.place(), nextSequence(), e.getMessage());
        }
    }

    /** The header of the last entry accepted. */
    EntryFrame.Header header() {
        if (header == null) {
            throw new IllegalStateException("no entry has been read yet");
        }
        return header;
    }

    private void checkFollows(EntryFrame.Header found, FrameCursor cursor) throws EntryFrame.Malformed {
        if (found.firstSequence() != nextSequence()) {
            throw new EntryFrame.Malformed(
                    "the entry there begins with event " + found.firstSequence() + ", so that some are missing or double");
        }
        if (!EntryFrame.follows(cursor.frame(), head.hash())) {
            throw new EntryFrame.Malformed("the entry there does not carry the hash of the entry before");
        }
        if (EntryFrame.time(found.timeNanos()).isBefore(head.time())) {
            throw new EntryFrame.Malformed("the entry there is older than the entry before");
        }
    }

    private byte[] hash(FrameCursor cursor) {
        byte[] hash = new byte[EntryFrame.HASH_BYTES];
        sha256.update(cursor.frame(), 0, cursor.length());
        try {
            sha256.digest(hash, 0, hash.length);
        } catch (DigestException e) {
            throw new AssertionError("a SHA-256 is 32 bytes long", e);
        }
        return hash;
    }

    long nextSequence() {
        return head.sequence() + 1;
    }

    /** The exception that every kind of damage ends in. */
    static LogException damaged(String place, long sequence, String why) {
        return new LogException(
                LogException.Code.DAMAGED,
                "the book is damaged at " + place + ", where event " + sequence + " should be: " + why
                        + ". Nothing is appended behind damage. `stowbook log verify` shows what is still good; restore the directory from a"
                        + " copy, or give up everything from there on with `stowbook log truncate --at " + (sequence - 1)
                        + "`, which moves the damaged files aside (both take --root DIR)");
    }
}
