package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.image.Compression;
import dev.stowbook.supervisor.image.UnpackingException;
import java.io.IOException;
import java.io.InputStream;

/** What a file is, by its first bytes. */
enum ArchiveKind {
    NONE,
    TAR,
    /** With a tar in it or not. */
    COMPRESSED;

    private static final int BLOCK = 512;

    static ArchiveKind of(byte[] head) {
        if (Compression.of(head) != Compression.NONE) {
            return COMPRESSED;
        }
        return isTarHeader(head) ? TAR : NONE;
    }

    /** Whether what is compressed begins as a tar. @throws UnpackingException if that cannot be told for want of memory */
    static boolean holdsTar(InputStream compressed) throws UnpackingException {
        try (InputStream plain = Compression.undo(compressed)) {
            return isTarHeader(plain.readNBytes(BLOCK));
        } catch (UnpackingException e) {
            throw e;
        } catch (IOException e) {
            return false; // damaged, so a file like any other
        }
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
