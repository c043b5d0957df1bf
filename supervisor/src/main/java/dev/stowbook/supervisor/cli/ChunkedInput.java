package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.InputStream;

/** A body in chunks (RFC 9112 section 7.1). Ends at the last chunk; trailers are read and dropped. */
final class ChunkedInput extends InputStream {
    private final InputStream in;
    private long left;
    private boolean first = true;
    private boolean ended;

    ChunkedInput(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (left == 0 && !next()) {
            return -1;
        }
        int count = in.read(bytes, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw new IOException("the connection was closed in the middle of an answer");
        }
        left -= count;
        return count;
    }

    private boolean next() throws IOException {
        if (ended) {
            return false;
        }
        if (!first) {
            HttpConnection.line(in);
        }
        first = false;
        String line = HttpConnection.line(in);
        int end = line.indexOf(';');
        try {
            left = Long.parseLong((end < 0 ? line : line.substring(0, end)).strip(), 16);
        } catch (NumberFormatException e) {
            throw new IOException("the answer has a chunk of size '" + line + "'", e);
        }
        if (left == 0) {
            ended = true;
            while (!HttpConnection.line(in).isEmpty()) {
                // a trailer
            }
        }
        return left > 0;
    }
}
