package dev.stowbook.supervisor.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads texts of a frame. Type ids, commands and actors are few and come again and again, so that each of them is made into a
 * String once. One thread.
 */
final class TextCache {
    private static final int SLOTS = 512;

    private final byte[] @Nullable [] keys = new byte[SLOTS][];
    private final String[] values = new String[SLOTS];

    String read(ByteBuffer in) {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new IllegalArgumentException("a text of " + length + " bytes where " + in.remaining() + " are left");
        }
        byte[] array = in.array();
        int from = in.arrayOffset() + in.position();
        in.position(in.position() + length);
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = hash * 31 + array[from + i];
        }
        int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
        byte[] key = keys[slot];
        if (key != null && Arrays.equals(key, 0, key.length, array, from, from + length)) {
            return values[slot];
        }
        String text = new String(array, from, length, StandardCharsets.UTF_8);
        keys[slot] = Arrays.copyOfRange(array, from, from + length);
        values[slot] = text;
        return text;
    }
}
