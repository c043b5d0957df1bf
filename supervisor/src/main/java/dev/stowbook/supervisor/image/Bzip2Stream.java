package dev.stowbook.supervisor.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Decompresses bzip2. What is damaged in a way that the library does not foresee is damaged, and no fault of ours. */
final class Bzip2Stream extends FilterInputStream {
    Bzip2Stream(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            return super.read(buffer, offset, length);
        } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw new IOException("it is no whole bzip2", e);
        }
    }
}
