package dev.stowbook.supervisor.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;

/** Counts what is read through it, and digests it where somebody wants to know the digest. */
final class MeasuredStream extends FilterInputStream {
    private final Optional<MessageDigest> computation;
    private long count;

    private MeasuredStream(InputStream in, Optional<MessageDigest> computation) {
        super(in);
        this.computation = computation;
    }

    static MeasuredStream counting(InputStream in) {
        return new MeasuredStream(in, Optional.empty());
    }

    /** @param digesting whether {@link #digest} will be asked */
    static MeasuredStream of(InputStream in, boolean digesting) {
        return new MeasuredStream(in, digesting ? Optional.of(Digest.begin()) : Optional.empty());
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
            computation.ifPresent(each -> each.update(buffer, offset, got));
            count += got;
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

    /** Who opened what it reads from closes that. */
    @Override
    public void close() {}

    /** Reads what is left, but not more than one buffer beyond so many bytes in all. */
    void drain(long mostBytes) throws IOException {
        byte[] buffer = new byte[65536];
        while (count <= mostBytes && read(buffer, 0, buffer.length) >= 0) {
            // measured as it passes
        }
    }

    long count() {
        return count;
    }

    /** The digest of all that was read; ends the computation. */
    Digest digest() {
        return Digest.ended(computation.orElseThrow());
    }
}
