package dev.stowbook.supervisor.image;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/** Digests and counts what is written through it. */
final class DigestingOutput extends FilterOutputStream {
    private final MessageDigest computation = Digest.begin();
    private long count;

    DigestingOutput(OutputStream out) {
        super(out);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        computation.update(bytes, offset, length);
        count += length;
    }

    long count() {
        return count;
    }

    /** The digest of all that was written; ends the computation. */
    Digest digest() {
        return Digest.ended(computation);
    }
}
