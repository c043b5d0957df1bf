package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A temporary file without a name: it takes what comes as a stream, is read as often as needed, and ends with the process. */
public final class Spool implements AutoCloseable {
    private final FileChannel channel;

    private Spool(FileChannel channel) {
        this.channel = channel;
    }

    public static Spool open(Path directory) throws IOException {
        Path file = Files.createTempFile(directory, "spool-", "");
        try {
            return new Spool(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
        } finally {
            Files.delete(file);
        }
    }

    /** Where to write. Closing it does not close the spool. */
    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        };
    }

    /** All of a stream, decompressed. @throws ImageException if it cannot be read to its end, or becomes more than it may */
    void take(InputStream in, LayerLimits limits) throws IOException, ImageException {
        byte[] buffer = new byte[128 * 1024];
        OutputStream out = output();
        try (InputStream plain = Unpacking.of(in, limits)) {
            for (int got; (got = plain.read(buffer)) >= 0; ) {
                out.write(buffer, 0, got);
            }
        } catch (UnpackingException e) {
            throw new ImageException(ErrorCode.INVALID, "what was sent " + e.getMessage(), e);
        }
    }

    public long size() throws IOException {
        return channel.size();
    }

    /** A part of it, to be read beside others. Closing it does not close the spool. */
    public InputStream part(long offset, long length) {
        return new InputStream() {
            private long at = offset;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int start, int count) throws IOException {
                long left = offset + length - at;
                if (left <= 0) {
                    return -1;
                }
                int got = channel.read(ByteBuffer.wrap(bytes, start, (int) Math.min(count, left)), at);
                at += Math.max(got, 0);
                return got;
            }
        };
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
