package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.supervisor.log.EntryFrame;
import dev.stowbook.supervisor.log.FrameCursor;
import dev.stowbook.supervisor.log.LogException;
import java.io.File;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;

/** Reads a queue with a tailer of its own. */
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
        ExcerptTailer tailer = tailer(queue);
        try {
            tailer.toStart();
            return new ChronicleCursor(queue, tailer, true);
        } catch (RuntimeException | InternalError e) {
            tailer.close();
            throw unreadable(queue.fileAbsolutePath(), e);
        }
    }

    static ChronicleCursor at(SingleChronicleQueue queue, long index) throws LogException {
        ExcerptTailer tailer = tailer(queue);
        try {
            return new ChronicleCursor(queue, tailer, tailer.moveToIndex(index));
        } catch (RuntimeException | InternalError e) {
            tailer.close();
            throw unreadable(queue.fileAbsolutePath() + ", index 0x" + Long.toHexString(index), e);
        }
    }

    private static ExcerptTailer tailer(SingleChronicleQueue queue) {
        ExcerptTailer tailer = queue.createTailer();
        tailer.singleThreadedCheckDisabled(true); // a reader may wander between threads, one at a time
        return tailer;
    }

    private static LogException unreadable(String place, Throwable cause) {
        return new LogException(
                LogException.Code.DAMAGED, "the book is damaged: " + place + " cannot be read: " + cause, cause);
    }

    @Override
    public boolean next() throws LogException {
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
                throw new LogException(LogException.Code.DAMAGED, place() + ": a record of " + remaining + " bytes is longer than any can be");
            }
            length = (int) remaining;
            if (frame.length < length) {
                frame = new byte[Math.max(length, frame.length * 2)];
            }
            bytes.read(frame, 0, length);
            position = document.index();
            onFrame = true;
            return true;
        } catch (RuntimeException | InternalError e) {
            throw unreadable(place(), e);
        }
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
