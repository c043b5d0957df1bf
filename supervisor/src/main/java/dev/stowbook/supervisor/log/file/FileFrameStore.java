package dev.stowbook.supervisor.log.file;

import dev.stowbook.supervisor.log.EntryFrame;
import dev.stowbook.supervisor.log.FrameCursor;
import dev.stowbook.supervisor.log.FrameStore;
import dev.stowbook.supervisor.log.LogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Segment files of length, crc32c of the length, frame. One write(2) per frame.
 *
 * <p>A record that the last file does not hold in full is a write that a crash cut off: it was never acknowledged, and is moved to a
 * file {@code torn-...} at opening. Everything else that does not fit is damage.
 */
final class FileFrameStore implements FrameStore {
    static final long SEGMENT_BYTES = 64L << 20;

    private final SegmentFiles files;
    private final long segmentBytes;
    private final ByteBuffer out = ByteBuffer.allocate(SegmentFiles.RECORD_HEADER_BYTES + EntryFrame.MAX_BYTES);
    private final Object channels = new Object();
    private final List<FileChannel> unforced = new ArrayList<>();
    private FileChannel current;
    private int number;
    private long offset;
    private boolean newName = true;

    private FileFrameStore(SegmentFiles files, long segmentBytes, int number, FileChannel current) {
        this.files = files;
        this.segmentBytes = segmentBytes;
        this.number = number;
        this.current = current;
    }

    static FileFrameStore open(Path directory, long segmentBytes) throws IOException {
        SegmentFiles files = new SegmentFiles(directory);
        List<Integer> numbers = files.numbers();
        int number = numbers.isEmpty() ? 1 : numbers.getLast();
        return new FileFrameStore(files, segmentBytes, number, openForWriting(files, number));
    }

    private static FileChannel openForWriting(SegmentFiles files, int number) throws IOException {
        return FileChannel.open(files.path(number), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    @Override
    public FrameCursor first() {
        return new SegmentCursor(files, SegmentFiles.position(1, 0));
    }

    @Override
    public FrameCursor at(long position) {
        return new SegmentCursor(files, position);
    }

    @Override
    public FrameCursor near(long sequence) throws LogException {
        int low = 1;
        int high = number;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (firstSequence(middle) <= sequence) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return at(SegmentFiles.position(low, 0));
    }

    private long firstSequence(int segment) throws LogException {
        try (FrameCursor cursor = at(SegmentFiles.position(segment, 0))) {
            return cursor.next() ? EntryFrame.check(cursor.frame(), cursor.length()).firstSequence() : Long.MAX_VALUE;
        } catch (EntryFrame.Malformed e) {
            throw new LogException(LogException.Code.DAMAGED, files.path(segment) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void sealed(FrameCursor end) throws EntryFrame.Malformed, LogException {
        SegmentCursor cursor = (SegmentCursor) end;
        try {
            if (cursor.number() != number) {
                throw new EntryFrame.Malformed("the file ends there, but " + files.path(number) + " follows");
            }
            offset = cursor.offset();
            long size = current.size();
            if (size > offset) {
                requireTorn(size);
                moveTornAside(size);
            }
            current.position(offset);
        } catch (IOException e) {
            throw new LogException(LogException.Code.BROKEN, "cannot prepare " + files.path(number) + ": " + e.getMessage(), e);
        }
    }

    /** A length of zero is a write that was cut off only if nothing but zeros follows. */
    private void requireTorn(long size) throws IOException, EntryFrame.Malformed {
        try (FileChannel in = FileChannel.open(files.path(number), StandardOpenOption.READ)) {
            ByteBuffer rest = ByteBuffer.allocate((int) Math.min(size - offset, out.capacity()));
            in.read(rest, offset);
            rest.flip();
            if (rest.remaining() < SegmentFiles.RECORD_HEADER_BYTES || rest.getLong(0) != 0) {
                return; // the length is good, the cursor has checked it, and the file ends before the frame does
            }
            while (rest.hasRemaining()) {
                if (rest.get() != 0) {
                    throw new EntryFrame.Malformed("zeros stand where a record should be, and more bytes follow");
                }
            }
        }
    }

    private void moveTornAside(long size) throws IOException {
        Path torn = files.directory().resolve("torn-%010d-%d".formatted(number, offset));
        Files.copy(files.path(number), torn, StandardCopyOption.REPLACE_EXISTING);
        System.getLogger(FileFrameStore.class.getName())
                .log(System.Logger.Level.WARNING, "{0} ended in {1} bytes of a write that was cut off and never acknowledged; a copy of the file is {2}",
                        files.path(number), size - offset, torn);
        current.truncate(offset);
    }

    @Override
    public void reserve(int bytes) {
        // write(2) itself says when there is no room, and append takes back what was written of the frame.
    }

    @Override
    public long append(byte[] frame) throws IOException, LogException {
        if (offset > 0 && offset + frame.length > segmentBytes) {
            roll();
        }
        out.clear().putInt(frame.length).putInt(SegmentCursor.lengthCrc(frame.length)).put(frame).flip();
        try {
            while (out.hasRemaining()) {
                current.write(out);
            }
        } catch (IOException e) {
            current.truncate(offset).position(offset);
            throw new LogException(
                    LogException.Code.DISK_FULL, "writing to " + files.path(number) + " failed and was taken back: " + e.getMessage(), e);
        }
        long position = SegmentFiles.position(number, offset);
        offset += SegmentFiles.RECORD_HEADER_BYTES + frame.length;
        return position;
    }

    private void roll() throws IOException {
        FileChannel next = openForWriting(files, number + 1);
        synchronized (channels) {
            unforced.add(current);
            current = next;
            newName = true;
        }
        number++;
        offset = 0;
    }

    @Override
    public void force() throws IOException {
        List<FileChannel> closing;
        FileChannel open;
        boolean directory;
        synchronized (channels) {
            closing = List.copyOf(unforced);
            open = current;
            directory = newName;
            unforced.clear();
            newName = false;
        }
        for (FileChannel channel : closing) {
            channel.force(false);
            channel.close();
        }
        open.force(false);
        if (directory) {
            files.forceDirectory();
        }
    }

    @Override
    public void close() {
        synchronized (channels) {
            for (FileChannel channel : unforced) {
                close(channel);
            }
            close(current);
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("closing a file of the book failed", e);
        }
    }
}
