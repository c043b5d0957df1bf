package dev.stowbook.supervisor.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing buffer to write a frame into; used again for every entry. One thread. */
final class FrameBuffer {
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes = new byte[4096];
    private int length;

    void clear() {
        length = 0;
    }

    int length() {
        return length;
    }

    byte[] array() {
        return bytes;
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }

    FrameBuffer putByte(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** The low 16 bits; a value that does not fit is refused. */
    FrameBuffer putShort(int value) {
        if (value < 0 || value > 0xFFFF) {
            throw new IllegalArgumentException(value + " does not fit 16 bits");
        }
        room(2);
        SHORTS.set(bytes, length, (short) value);
        length += 2;
        return this;
    }

    FrameBuffer putInt(int value) {
        room(4);
        INTS.set(bytes, length, value);
        length += 4;
        return this;
    }

    FrameBuffer putLong(long value) {
        room(8);
        LONGS.set(bytes, length, value);
        length += 8;
        return this;
    }

    FrameBuffer putBytes(byte[] source, int from, int count) {
        room(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
        return this;
    }

    FrameBuffer putText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return putShort(utf8.length).putBytes(utf8, 0, utf8.length);
    }

    void setInt(int at, int value) {
        INTS.set(bytes, at, value);
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
        }
    }
}
