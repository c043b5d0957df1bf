package dev.stowbook.supervisor.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/** Counts and digests what is read through it. */
final class MeasuredStream extends FilterInputStream {
    private static final long TELL_EVERY_BYTES = 4 << 20;

    private final MessageDigest computation = Digest.begin();
    private final LongConsumer told;
    private long count;
    private long toldAt;

    MeasuredStream(InputStream in, LongConsumer told) {
        super(in);
        this.told = told;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int got = super.read(buffer, offset, length);
        if (got > 0) {
            computation.update(buffer, offset, got);
            count += got;
            if (count - toldAt >= TELL_EVERY_BYTES) {
                toldAt = count;
                told.accept(count);
            }
        }
        return got;
    }

    @Override
    public long skip(long n) throws IOException {
        return read(new byte[(int) Math.min(n, 8192)], 0, (int) Math.min(n, 8192));
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Reads what is left, but not more than one buffer beyond so many bytes in all. */
    void drain(long mostBytes) throws IOException {
        byte[] buffer = new byte[65536];
        while (count <= mostBytes && read(buffer, 0, buffer.length) >= 0) {
            // counted and digested as it passes
        }
    }

    long count() {
        return count;
    }

    /** The digest of all that was read; ends the computation. */
    Digest digest() {
        return Digest.ended(computation);
    }
}
