package dev.stowbook.supervisor.log;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/**
 * An entry as bytes, the same in every store. Big-endian:
 *
 * <pre>
 *  0  magic 'SBKE'            4
 *  4  format version          2
 *  6  zero                    2
 *  8  first sequence          8
 * 16  number of events        4
 * 20  length of the body      4
 * 24  nanoseconds since 1970  8
 * 32  hash of the entry before, SHA-256  32
 * 64  crc32c over everything but itself  4
 * 68  body: cause, actor, events
 * </pre>
 *
 * <p>The hash of an entry is the SHA-256 of the whole frame, so the chain covers time, cause and actor as well.
 */
public final class EntryFrame {
    /** Length of the part before the body. */
    public static final int HEADER_BYTES = 68;

    /** The longest frame that any store takes; a decision that is longer has to be taken in parts. */
    public static final int MAX_BYTES = 1 << 20;

    /** Length of a hash. */
    public static final int HASH_BYTES = 32;

    static final int MAGIC = 0x53424B45;
    static final short VERSION = 1;
    private static final int PREVIOUS_HASH_AT = 32;
    private static final int CRC_AT = 64;
    private static final long NANOS = 1_000_000_000L;

    private EntryFrame() {}

    /** What stands in a frame's header. */
    public record Header(long firstSequence, int count, int bodyBytes, long timeNanos) {
        /** The sequence of its last event. */
        public long lastSequence() {
            return firstSequence + count - 1;
        }
    }

    /**
     * The frame of a draft.
     *
     * @throws IllegalArgumentException if it has no events, is longer than {@link #MAX_BYTES}, or a text is longer than 65535 bytes
     */
    static byte[] encode(EntryDraft draft, byte[] previousHash, FrameBuffer out) {
        if (draft.events().isEmpty()) {
            throw new IllegalArgumentException("an entry holds at least one event");
        }
        out.clear();
        out.putInt(MAGIC).putShort(VERSION).putShort(0).putLong(draft.firstSequence());
        out.putInt(draft.events().size()).putInt(0).putLong(nanos(draft.time()));
        out.putBytes(previousHash, 0, HASH_BYTES).putInt(0);
        putCause(out, draft.cause());
        putActor(out, draft.actor());
        for (EventRecord event : draft.events()) {
            out.putText(event.type()).putShort(event.version()).putInt(event.data().length);
            out.putBytes(event.data(), 0, event.data().length);
        }
        if (out.length() > MAX_BYTES) {
            throw new IllegalArgumentException("an entry of " + out.length() + " bytes is longer than the limit of " + MAX_BYTES);
        }
        out.setInt(20, out.length() - HEADER_BYTES);
        out.setInt(CRC_AT, crc(out.array(), out.length()));
        return out.copy();
    }

    /** Nanoseconds since 1970; fits until the year 2262. */
    private static long nanos(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), NANOS), time.getNano());
    }

    private static void putCause(FrameBuffer out, Cause cause) {
        out.putText(cause.command()).putLong(cause.sequence()).putText(cause.request());
    }

    private static void putActor(FrameBuffer out, Actor actor) {
        out.putText(actor.kind().name()).putText(actor.name());
        out.putByte((actor.uid().isPresent() ? 1 : 0) | (actor.pid().isPresent() ? 2 : 0));
        actor.uid().ifPresent(out::putInt);
        actor.pid().ifPresent(out::putInt);
    }

    private static int crc(byte[] frame, int length) {
        CRC32C crc = new CRC32C();
        crc.update(frame, 0, CRC_AT);
        crc.update(frame, CRC_AT + 4, length - CRC_AT - 4);
        return (int) crc.getValue();
    }

    /**
     * Checks magic, version, length and checksum.
     *
     * @throws Malformed if one of them does not fit
     */
    public static Header check(byte[] frame, int length) throws Malformed {
        if (length < HEADER_BYTES) {
            throw new Malformed("a frame of " + length + " bytes is shorter than its header");
        }
        ByteBuffer in = ByteBuffer.wrap(frame, 0, length);
        if (in.getInt(0) != MAGIC) {
            throw new Malformed("the frame does not begin with its magic number");
        }
        if (in.getInt(CRC_AT) != crc(frame, length)) {
            throw new Malformed("the checksum (crc32c) does not fit the bytes");
        }
        if (in.getShort(4) != VERSION) {
            throw new Malformed("frame version " + in.getShort(4) + " was written by a newer Stowbook; this one reads " + VERSION);
        }
        Header header = new Header(in.getLong(8), in.getInt(16), in.getInt(20), in.getLong(24));
        if (header.bodyBytes() != length - HEADER_BYTES || header.count() < 1) {
            throw new Malformed("the header says " + header.bodyBytes() + " bytes and " + header.count() + " events, "
                    + (length - HEADER_BYTES) + " bytes are there");
        }
        return header;
    }

    /** The hash of the entry before, as a frame states it. */
    public static byte[] previousHash(byte[] frame) {
        byte[] hash = new byte[HASH_BYTES];
        System.arraycopy(frame, PREVIOUS_HASH_AT, hash, 0, HASH_BYTES);
        return hash;
    }

    /** Whether a frame follows the entry with this hash. */
    static boolean follows(byte[] frame, byte[] hash) {
        return Arrays.equals(frame, PREVIOUS_HASH_AT, PREVIOUS_HASH_AT + HASH_BYTES, hash, 0, HASH_BYTES);
    }

    /** When an entry was decided. */
    static Instant time(long timeNanos) {
        return Instant.ofEpochSecond(Math.floorDiv(timeNanos, NANOS), Math.floorMod(timeNanos, NANOS));
    }

    /**
     * The entry of a frame that has been checked.
     *
     * @throws Malformed if the body is not what the header promises
     */
    static Entry decode(byte[] frame, int length, Header header, byte[] hash, TextCache texts) throws Malformed {
        ByteBuffer in = ByteBuffer.wrap(frame, 0, length).position(HEADER_BYTES);
        try {
            Cause cause = new Cause(texts.read(in), in.getLong(), texts.read(in));
            Actor actor = actor(in, texts);
            List<EventRecord> events = new ArrayList<>(Math.min(header.count(), 1024));
            for (int i = 0; i < header.count(); i++) {
                String type = texts.read(in);
                int version = Short.toUnsignedInt(in.getShort());
                byte[] data = new byte[checked(in.getInt(), in)];
                in.get(data);
                events.add(new EventRecord(type, version, data));
            }
            if (in.hasRemaining()) {
                throw new Malformed(in.remaining() + " bytes are left after the last event");
            }
            return new Entry(header.firstSequence(), time(header.timeNanos()), cause, actor, events, previousHash(frame), hash);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new Malformed("the body is not made of cause, actor and " + header.count() + " events: " + e);
        }
    }

    private static Actor actor(ByteBuffer in, TextCache texts) {
        Actor.Kind kind = Actor.Kind.valueOf(texts.read(in));
        String name = texts.read(in);
        int present = in.get();
        OptionalInt uid = (present & 1) != 0 ? OptionalInt.of(in.getInt()) : OptionalInt.empty();
        OptionalInt pid = (present & 2) != 0 ? OptionalInt.of(in.getInt()) : OptionalInt.empty();
        return new Actor(kind, name, uid, pid);
    }

    private static int checked(int length, ByteBuffer in) {
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a length of " + length + " where " + in.remaining() + " bytes are left");
        }
        return length;
    }

    /** Bytes that are no frame. The message says why, not where. */
    public static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        public Malformed(String message) {
            super(message);
        }

        public Malformed(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
