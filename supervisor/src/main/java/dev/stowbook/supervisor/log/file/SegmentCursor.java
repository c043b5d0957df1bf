package dev.stowbook.supervisor.log.file;

import dev.stowbook.supervisor.log.EntryFrame;
import dev.stowbook.supervisor.log.FrameCursor;
import dev.stowbook.supervisor.log.LogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads segments one after the other, in large pieces. */
final class SegmentCursor implements FrameCursor {
    private static final int PIECE_BYTES = 256 << 10;

    private final SegmentFiles files;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES + EntryFrame.MAX_BYTES).limit(0);
    private @Nullable FileChannel channel;
    private int number;
    /** Offset in the segment of the piece's first byte. */
    private long pieceAt;
    private byte[] frame = new byte[4096];
    private int length;
    private long position;
    private boolean onRecord;

    SegmentCursor(SegmentFiles files, long from) {
        this.files = files;
        this.number = SegmentFiles.number(from);
        this.pieceAt = SegmentFiles.offset(from);
    }

    @Override
    public boolean next() throws EntryFrame.Malformed, LogException {
        onRecord = false;
        try {
            while (!record()) {
                if (offset() < size() || !files.exists(number + 1)) {
                    return false;
                }
                closeChannel();
                number++;
                pieceAt = 0;
                piece.limit(0);
            }
            return true;
        } catch (IOException e) {
            throw new LogException(LogException.Code.BROKEN, "cannot read " + place() + ": " + e.getMessage(), e);
        }
    }

    /** Reads one record, or says that none is there in full. */
    private boolean record() throws IOException, EntryFrame.Malformed {
        if (!fill(SegmentFiles.RECORD_HEADER_BYTES)) {
            return false;
        }
        int from = piece.position();
        int bytes = piece.getInt(from);
        if (bytes == 0 && piece.getInt(from + 4) == 0) {
            return false; // what a lost write leaves; the writer never leaves it, so the store decides
        }
        if (piece.getInt(from + 4) != lengthCrc(bytes) || bytes < EntryFrame.HEADER_BYTES || bytes > EntryFrame.MAX_BYTES) {
            throw new EntryFrame.Malformed("the length of the record does not fit its checksum");
        }
        if (!fill(SegmentFiles.RECORD_HEADER_BYTES + bytes)) {
            return false;
        }
        if (frame.length < bytes) {
            frame = new byte[Math.max(bytes, frame.length * 2)];
        }
        position = SegmentFiles.position(number, offset());
        piece.position(piece.position() + SegmentFiles.RECORD_HEADER_BYTES);
        piece.get(frame, 0, bytes);
        length = bytes;
        onRecord = true;
        return true;
    }

    static int lengthCrc(int length) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(4).putInt(0, length));
        return (int) crc.getValue();
    }

    /** Makes sure that so many bytes are there from the current position on, if the file has them. */
    private boolean fill(int bytes) throws IOException {
        if (piece.remaining() >= bytes) {
            return true;
        }
        FileChannel open = channel();
        if (open == null) {
            return false;
        }
        pieceAt += piece.position();
        piece.compact();
        while (piece.position() < bytes) {
            int read = open.read(piece, pieceAt + piece.position());
            if (read < 0) {
                break;
            }
        }
        piece.flip();
        return piece.remaining() >= bytes;
    }

    private @Nullable FileChannel channel() throws IOException {
        if (channel == null) {
            try {
                channel = FileChannel.open(files.path(number), StandardOpenOption.READ);
            } catch (NoSuchFileException e) {
                return null;
            }
        }
        return channel;
    }

    private long size() throws IOException {
        FileChannel open = channel();
        return open == null ? 0 : open.size();
    }

    /** Where the next record begins. */
    long offset() {
        return pieceAt + piece.position();
    }

    int number() {
        return number;
    }

    @Override
    public byte[] frame() {
        return frame;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public String place() {
        return files.path(number) + ", offset " + (onRecord ? SegmentFiles.offset(position) : offset());
    }

    private void closeChannel() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }

    @Override
    public void close() {
        try {
            closeChannel();
        } catch (IOException e) {
            throw new IllegalStateException("closing a file that was only read failed", e);
        }
    }
}
