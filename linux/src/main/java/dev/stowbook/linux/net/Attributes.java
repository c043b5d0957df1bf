package dev.stowbook.linux.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The attributes of one netlink message or nest, read from bytes the kernel wrote.
 *
 * <p>SAFETY: a length that runs over the end, or below the attribute's own header, ends the reading; nothing is read outside.
 */
final class Attributes {
    private static final int TYPE_MASK = 0x3fff;

    private final Map<Integer, ByteBuffer> byType = new HashMap<>();

    /** Reads all of a slice that starts at an attribute. */
    Attributes(ByteBuffer slice) {
        ByteBuffer rest = slice.slice().order(ByteOrder.nativeOrder());
        while (rest.remaining() >= 4) {
            int at = rest.position();
            int length = rest.getShort(at) & 0xffff;
            int type = rest.getShort(at + 2) & TYPE_MASK;
            if (length < 4 || length > rest.remaining()) {
                return;
            }
            byType.put(type, rest.slice(at + 4, length - 4).order(ByteOrder.nativeOrder()));
            rest.position(Math.min(rest.limit(), at + ((length + 3) & ~3)));
        }
    }

    OptionalInt u32(int type) {
        ByteBuffer value = byType.get(type);
        return value == null || value.remaining() < 4 ? OptionalInt.empty() : OptionalInt.of(value.getInt(0));
    }

    OptionalInt u8(int type) {
        ByteBuffer value = byType.get(type);
        return value == null || value.remaining() < 1 ? OptionalInt.empty() : OptionalInt.of(value.get(0) & 0xff);
    }

    Optional<byte[]> bytes(int type) {
        ByteBuffer value = byType.get(type);
        if (value == null) {
            return Optional.empty();
        }
        byte[] bytes = new byte[value.remaining()];
        value.get(0, bytes);
        return Optional.of(bytes);
    }

    /** A string up to its zero; empty if it is not there. */
    String text(int type) {
        byte[] bytes = bytes(type).orElse(new byte[0]);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    Optional<Attributes> nest(int type) {
        return Optional.ofNullable(byType.get(type)).map(Attributes::new);
    }
}
