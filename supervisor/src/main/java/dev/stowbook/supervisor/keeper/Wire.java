package dev.stowbook.supervisor.keeper;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Tagged fields, as launch plans and control messages hold them: u16 tag, u32 length, bytes; little-endian. */
final class Wire {
    private Wire() {}

    static final class Writer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(2048);

        Writer bytes(int tag, byte[] value) {
            bytes.writeBytes(ByteBuffer.allocate(6)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putShort((short) tag)
                    .putInt(value.length)
                    .array());
            bytes.writeBytes(value);
            return this;
        }

        Writer number(int tag, long value) {
            return bytes(
                    tag,
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        }

        /** Text ends with a NUL, so that its reader can use it where it lies; one inside is refused here. */
        Writer text(int tag, String value) {
            if (value.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("text for the keeper holds a NUL character: field " + tag);
            }
            return bytes(tag, (value + '\0').getBytes(StandardCharsets.UTF_8));
        }

        Writer record(int tag, Consumer<Writer> fields) {
            Writer inner = new Writer();
            fields.accept(inner);
            return bytes(tag, inner.toByteArray());
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }

    /** A field as read. */
    record Field(int tag, byte[] value) {
        long number() {
            if (value.length != 8) {
                throw new ProtocolException("field " + tag + " should be a number but has " + value.length + " bytes");
            }
            return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong();
        }

        String text() {
            if (value.length == 0 || value[value.length - 1] != 0) {
                throw new ProtocolException("field " + tag + " should be text but does not end with a NUL");
            }
            return new String(value, 0, value.length - 1, StandardCharsets.UTF_8);
        }

        Fields fields() {
            return Fields.parse(value);
        }
    }

    /** The fields of one record or message. Unknown tags are passed over: an older daemon understands a newer keeper. */
    record Fields(List<Field> list) {
        static Fields parse(byte[] bytes) {
            List<Field> fields = new ArrayList<>();
            ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            while (in.hasRemaining()) {
                if (in.remaining() < 6) {
                    throw new ProtocolException("a message of the keeper ends inside a field's head");
                }
                int tag = Short.toUnsignedInt(in.getShort());
                int length = in.getInt();
                if (length < 0 || length > in.remaining()) {
                    throw new ProtocolException("field " + tag + " of a keeper's message is longer than the message");
                }
                byte[] value = new byte[length];
                in.get(value);
                fields.add(new Field(tag, value));
            }
            return new Fields(fields);
        }

        Optional<Field> find(int tag) {
            return list.stream().filter(f -> f.tag() == tag).findFirst();
        }

        List<Field> all(int tag) {
            return list.stream().filter(f -> f.tag() == tag).toList();
        }

        long number(int tag) {
            return find(tag).map(Field::number).orElse(0L);
        }

        String text(int tag) {
            return find(tag).map(Field::text).orElse("");
        }
    }
}
