package dev.stowbook.supervisor.image;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/** How a stream is compressed: found out by its first bytes, and undone. */
public enum Compression {
    NONE,
    /** RFC 1952. */
    GZIP,
    /** RFC 8878. */
    ZSTD,
    /** As the program bzip2 writes it, several streams one after the other, too. */
    BZIP2,
    /** As the program xz writes it (tukaani.org/xz/xz-file-format.txt), several streams one after the other, too. */
    XZ;

    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int HEAD_BYTES = 10;

    /** What begins with these bytes; ten are enough to know it. */
    public static Compression of(byte[] head) {
        if (begins(head, 0, 0x1f, 0x8b)) {
            return GZIP;
        }
        // a frame, or one of the sixteen kinds of skippable frame before it
        if (begins(head, 0, 0x28, 0xb5, 0x2f, 0xfd) || begins(head, 1, 0x2a, 0x4d, 0x18) && (head[0] & 0xf0) == 0x50) {
            return ZSTD;
        }
        if (begins(head, 0, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return XZ;
        }
        return isBzip2(head) ? BZIP2 : NONE;
    }

    /** Its three letters may well be the beginning of a text, so the first block is looked at, too, or the end where there is none. */
    private static boolean isBzip2(byte[] head) {
        return begins(head, 0, 'B', 'Z', 'h')
                && (begins(head, 4, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59) || begins(head, 4, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90));
    }

    private static boolean begins(byte[] head, int at, int... bytes) {
        if (head.length < at + bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((head[at + i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    /** Why a stream cannot be undone: the libraries say nothing where it just ends. */
    static String reason(IOException e) {
        return e.getMessage() == null ? "it is cut off" : e.getMessage();
    }

    /** The plain bytes of a stream, compressed or not. Close it: some of what undoes the compression holds memory, and closes {@code in}. */
    public static InputStream undo(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, BUFFER_BYTES);
        buffered.mark(HEAD_BYTES);
        byte[] head = buffered.readNBytes(HEAD_BYTES);
        buffered.reset();
        return switch (of(head)) {
            case NONE -> buffered;
            case GZIP -> new GZIPInputStream(buffered, BUFFER_BYTES);
            case ZSTD -> new ZstdInputStream(buffered).setContinuous(false);
            case BZIP2 -> new Bzip2Stream(new BZip2CompressorInputStream(buffered, true));
            case XZ -> XzStream.of(buffered);
        };
    }
}
