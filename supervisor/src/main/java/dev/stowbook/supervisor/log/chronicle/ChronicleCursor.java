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
    private final boolean found;
    private byte[] frame = new byte[4096];
    private int length;
    private long position = NOTHING;
    private long offset;
    private boolean onFrame;

    private ChronicleCursor(SingleChronicleQueue queue, ExcerptTailer tailer, boolean found) {
        this.directory = queue.fileAbsolutePath();
        this.tailer = tailer;
        this.found = found;
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

    private static ChronicleCursor open(SingleChronicleQueue queue, String what, Predicate<ExcerptTailer> move)
            throws LogException {
        ExcerptTailer tailer = null;
        try {
            tailer = queue.createTailer();
            tailer.singleThreadedCheckDisabled(true); // a reader may wander between threads, one at a time
            return new ChronicleCursor(queue, tailer, move.test(tailer));
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
        } catch (EntryFrame.Malformed e) {
            throw e;
        } catch (Exception | InternalError e) {
            throw new EntryFrame.Malformed("it cannot be read: " + e, e);
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
