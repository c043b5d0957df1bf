package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.supervisor.log.EntryFrame;
import dev.stowbook.supervisor.log.FrameCursor;
import dev.stowbook.supervisor.log.LogException;
import java.io.File;
import java.util.function.Predicate;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Reads a queue with a tailer of its own. The library throws checked exceptions that its methods do not declare, so that all are
 * caught here; InternalError is a page of the mapping that is not there.
 */
final class ChronicleCursor implements FrameCursor {
    static final long NOTHING = -1;

    private final ExcerptTailer tailer;
    private final String directory;
    private final Predicate<ExcerptTailer> start;
    private boolean found;
    private byte[] frame = new byte[4096];
    private int length;
    private long position = NOTHING;
    private long offset;
    private boolean onFrame;

    private ChronicleCursor(SingleChronicleQueue queue, ExcerptTailer tailer, Predicate<ExcerptTailer> start) {
        this.directory = queue.fileAbsolutePath();
        this.tailer = tailer;
        this.start = start;
        this.found = start.test(tailer);
    }

    static ChronicleCursor first(SingleChronicleQueue queue) throws LogException {
        return open(queue, "its first record", tailer -> {
            tailer.toStart();
            return true;
        });
    }

    static ChronicleCursor at(SingleChronicleQueue queue, long index) throws LogException {
        return open(queue, "index 0x" + Long.toHexString(index), tailer -> tailer.moveToIndex(index));
    }

    private static ChronicleCursor open(SingleChronicleQueue queue, String what, Predicate<ExcerptTailer> start)
            throws LogException {
        ExcerptTailer tailer = null;
        try {
            tailer = queue.createTailer();
            tailer.singleThreadedCheckDisabled(true); // a reader may wander between threads, one at a time
            return new ChronicleCursor(queue, tailer, start);
        } catch (Exception | InternalError e) {
            if (tailer != null) {
                tailer.close();
            }
            throw unreadable(queue.fileAbsolutePath() + ", " + what, e);
        }
    }

    private static LogException unreadable(String place, Throwable cause) {
        return new LogException(
                LogException.Code.DAMAGED, "the book is damaged: " + place + " cannot be read: " + cause + ". Restore the directory from a copy", cause);
    }

    @Override
    public boolean next() throws EntryFrame.Malformed {
        onFrame = false;
        try {
            return read() || (placeAnew() && read());
        } catch (EntryFrame.Malformed e) {
            throw e;
        } catch (Exception | InternalError | AssertionError e) {
            throw new EntryFrame.Malformed("it cannot be read: " + e, e);
        }
    }

    /**
     * Places the tailer anew, behind the last frame read. One that looked just when the writer made a file stays where it was for good.
     *
     * @return false if that place is not there
     */
    private boolean placeAnew() {
        if (position == NOTHING) {
            found = start.test(tailer);
            return found;
        }
        if (!tailer.moveToIndex(position)) {
            return false;
        }
        try (DocumentContext last = tailer.readingDocument()) {
            return last.isPresent();
        }
    }

    private boolean read() throws EntryFrame.Malformed {
        if (!found) {
            return false;
        }
        try (DocumentContext document = tailer.readingDocument()) {
            if (!document.isPresent()) {
                return false;
            }
            Bytes<?> bytes = document.wire().bytes();
            offset = bytes.readPosition();
            long remaining = bytes.readRemaining();
            if (remaining > EntryFrame.MAX_BYTES) {
                throw new EntryFrame.Malformed("a record of " + remaining + " bytes is longer than any can be");
            }
            length = (int) remaining;
            if (frame.length < length) {
                frame = new byte[Math.max(length, frame.length * 2)];
            }
            bytes.read(frame, 0, length);
            position = document.index();
            onFrame = true;
            return true;
        }
    }

    /** The offset in its file of the last record read: its length, four bytes, and then the frame. */
    long recordOffset() {
        return offset - 4;
    }

    /** The offset in its file behind the last frame read. */
    long endOffset() {
        return offset + length;
    }

    @Override
    public byte[] frame() {
        return frame;
    }

    @Override
    public int length() {
        return length;
    }

    /** The index of the last frame read, {@link #NOTHING} if there was none. */
    @Override
    public long position() {
        return position;
    }

    @Override
    public String place() {
        File file = tailer.currentFile();
        return (file == null ? directory : file.toString()) + ", offset " + (onFrame ? offset : offset + length);
    }

    @Override
    public void close() {
        tailer.close();
    }
}
