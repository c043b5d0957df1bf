package dev.stowbook.linux.layer;

/** Numbers in a tar's header block: octal digits, or GNU's base-256 for what is too large. */
final class TarNumbers {
    private TarNumbers() {}

    /** Reads a field. @throws LayerException if it is neither form */
    static long read(byte[] block, int offset, int length, String field) throws LayerException {
        if ((block[offset] & 0x80) != 0) {
            return base256(block, offset, length, field);
        }
        long value = 0;
        int i = offset;
        int end = offset + length;
        while (i < end && block[i] == ' ') {
            i++;
        }
        for (; i < end && block[i] != 0 && block[i] != ' '; i++) {
            if (block[i] < '0' || block[i] > '7' || value >>> 60 != 0) {
                throw new LayerException("the tar's header has no octal number in the field " + field + ": the tar is damaged");
            }
            value = value << 3 | (block[i] - '0');
        }
        return value;
    }

    private static long base256(byte[] block, int offset, int length, String field) throws LayerException {
        // Two's complement, most significant byte first; the mark 0x80 of the first byte is no part of a positive number.
        boolean negative = (block[offset] & 0x40) != 0;
        long value = negative ? block[offset] : block[offset] & 0x7f;
        for (int i = offset + 1; i < offset + length; i++) {
            if (value << 8 >> 8 != value) {
                throw new LayerException("the tar's header has a number beyond 64 bits in the field " + field);
            }
            value = value << 8 | (block[i] & 0xff);
        }
        return value;
    }

    /** Whether the checksum of a header block is right, by unsigned or by signed bytes as old tars had it. */
    static boolean checksumMatches(byte[] block) {
        long stored;
        try {
            stored = read(block, 148, 8, "checksum");
        } catch (LayerException e) {
            return false; // the caller can say where
        }
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < 512; i++) {
            byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
            unsigned += b & 0xff;
            signed += b;
        }
        return stored == unsigned || stored == signed;
    }

    /** Writes octal digits with a NUL behind; false if they do not fit. */
    static boolean write(byte[] block, int offset, int length, long value) {
        if (value < 0 || value >>> (3 * (length - 1)) != 0) {
            return false;
        }
        for (int i = length - 2; i >= 0; i--) {
            block[offset + i] = (byte) ('0' + (value & 7));
            value >>>= 3;
        }
        return true;
    }
}
