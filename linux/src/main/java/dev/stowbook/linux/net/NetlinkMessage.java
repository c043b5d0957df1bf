package dev.stowbook.linux.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes netlink(7) messages one behind the other into one datagram.
 *
 * <p>SAFETY: everything is in the processor's byte order; headers, attributes and nests start at multiples of four bytes; lengths
 * are filled in when a part ends, and don't count the padding behind an attribute, as NLA_ALIGN wants it.
 */
final class NetlinkMessage {
    static final int HEADER_BYTES = 16;
    private static final int NLA_F_NESTED = 0x8000;

    private ByteBuffer buffer = ByteBuffer.allocate(1024).order(ByteOrder.nativeOrder());
    private int start;

    /** Begins a message: struct nlmsghdr { u32 len; u16 type; u16 flags; u32 seq; u32 pid }. */
    NetlinkMessage begin(int type, int flags, int sequence) {
        start = buffer.position();
        u32(0).u16(type).u16(flags).u32(sequence).u32(0);
        return this;
    }

    /** Ends the message begun last. */
    void end() {
        buffer.putInt(start, buffer.position() - start);
    }

    NetlinkMessage u8(int value) {
        room(1);
        buffer.put((byte) value);
        return this;
    }

    NetlinkMessage u16(int value) {
        room(2);
        buffer.putShort((short) value);
        return this;
    }

    NetlinkMessage u32(int value) {
        room(4);
        buffer.putInt(value);
        return this;
    }

    /** struct ifinfomsg { u8 family; u8 pad; u16 type; s32 index; u32 flags; u32 change }. */
    NetlinkMessage linkHeader(int family, int index, int flags, int change) {
        return u8(family).u8(0).u16(0).u32(index).u32(flags).u32(change);
    }

    NetlinkMessage attribute(int type, byte[] value) {
        room(4 + value.length + 3);
        u16(4 + value.length).u16(type);
        buffer.put(value);
        while (buffer.position() % 4 != 0) {
            buffer.put((byte) 0);
        }
        return this;
    }

    NetlinkMessage attribute8(int type, int value) {
        return attribute(type, new byte[] {(byte) value});
    }

    NetlinkMessage attribute32(int type, int value) {
        u16(8).u16(type);
        return u32(value);
    }

    /** A string with its terminating zero. */
    NetlinkMessage attribute(int type, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return attribute(type, java.util.Arrays.copyOf(text, text.length + 1));
    }

    /** Opens an attribute that holds attributes; the result goes to {@link #endNest}. */
    int beginNest(int type) {
        int at = buffer.position();
        u16(0).u16(type | NLA_F_NESTED);
        return at;
    }

    void endNest(int at) {
        buffer.putShort(at, (short) (buffer.position() - at));
    }

    byte[] bytes() {
        return java.util.Arrays.copyOf(buffer.array(), buffer.position());
    }

    private void room(int bytes) {
        if (buffer.remaining() < bytes) {
            ByteBuffer larger =
                    ByteBuffer.allocate(2 * buffer.capacity() + bytes).order(ByteOrder.nativeOrder());
            buffer = larger.put(buffer.flip());
        }
    }
}
