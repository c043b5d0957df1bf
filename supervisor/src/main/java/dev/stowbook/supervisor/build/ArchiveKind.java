package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.image.Compression;
import java.io.IOException;
import java.io.InputStream;

/** What a file is, by its first bytes. */
enum ArchiveKind {
    NONE,
    TAR,
    /** gzip or zstd, with a tar in it or not. */
    COMPRESSED,
    /** bzip2 or xz. */
    UNKNOWN_COMPRESSION;

    private static final int BLOCK = 512;

    static ArchiveKind of(byte[] head) {
        if (begins(head, 0x1f, 0x8b) || begins(head, 0x28, 0xb5, 0x2f, 0xfd)) {
            return COMPRESSED;
        }
        if (begins(head, 'B', 'Z', 'h') || begins(head, 0xfd, '7', 'z', 'X', 'Z')) {
            return UNKNOWN_COMPRESSION;
        }
        return isTarHeader(head) ? TAR : NONE;
    }

    /** Whether what is compressed begins as a tar. */
    static boolean holdsTar(InputStream compressed) {
        try {
            return isTarHeader(Compression.undo(compressed).readNBytes(BLOCK));
        } catch (IOException e) {
            return false; // damaged, so a file like any other
        }
    }

    private static boolean begins(byte[] head, int... bytes) {
        if (head.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((head[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    /** A header's checksum is the sum of its bytes, its own field read as blanks (POSIX.1-2017 pax, "ustar Interchange Format"). */
    private static boolean isTarHeader(byte[] block) {
        if (block.length < BLOCK) {
            return false;
        }
        String field = new String(block, 148, 8, java.nio.charset.StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
        if (!field.matches("[0-7]{1,7}")) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
        }
        return sum == Integer.parseInt(field, 8);
    }
}
