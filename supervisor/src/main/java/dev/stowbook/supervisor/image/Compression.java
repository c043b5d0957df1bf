package dev.stowbook.supervisor.image;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Finds out how a stream is compressed by its first bytes, and undoes it. */
public final class Compression {
    private static final int BUFFER_BYTES = 32 * 1024;

    private Compression() {}

    /** The plain bytes of a stream that is gzip (RFC 1952), zstd (RFC 8878) or plain. */
    public static InputStream undo(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, BUFFER_BYTES);
        buffered.mark(4);
        byte[] first = buffered.readNBytes(4);
        buffered.reset();
        if (first.length >= 2 && (first[0] & 0xff) == 0x1f && (first[1] & 0xff) == 0x8b) {
            return new GZIPInputStream(buffered, BUFFER_BYTES);
        }
        int magic = first.length < 4
                ? 0
                : (first[0] & 0xff) | (first[1] & 0xff) << 8 | (first[2] & 0xff) << 16 | (first[3] & 0xff) << 24;
        // a frame, or one of the sixteen kinds of skippable frame before it
        if (magic == 0xFD2FB528 || (magic & 0xFFFFFFF0) == 0x184D2A50) {
            return new ZstdInputStream(buffered).setContinuous(false);
        }
        return buffered;
    }
}
