package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Everything that is a string in JSON, and may be a key. */
record TextShape(Format format, Parse parse, Consumer<ObjectNode> description) implements Shape {

    /** To text. */
    @FunctionalInterface
    interface Format {
        String text(Object value);
    }

    /** From text; an IllegalArgumentException or DateTimeException says what is wrong with it. */
    @FunctionalInterface
    interface Parse {
        Object value(String text);
    }

    static TextShape string() {
        return new TextShape(value -> (String) value, text -> text, schema -> schema.put("type", "string"));
    }

    /** RFC 3339, in UTC, with as many digits as are not zero. */
    static TextShape instant() {
        return new TextShape(Object::toString, Instant::parse, schema -> schema.put("type", "string").put("format", "date-time"));
    }

    /** ISO 8601. */
    static TextShape duration() {
        return new TextShape(Object::toString, Duration::parse, schema -> schema.put("type", "string").put("format", "duration"));
    }

    /** The constant's name. */
    static TextShape constant(Class<?> type) {
        Map<String, Object> constants = new HashMap<>();
        List<?> all = List.of(type.getEnumConstants());
        all.forEach(each -> constants.put(((Enum<?>) each).name(), each));
        return new TextShape(value -> ((Enum<?>) value).name(), text -> constant(type, constants, text), schema -> {
            ArrayNode names = schema.put("type", "string").putArray("enum");
            all.forEach(each -> names.add(((Enum<?>) each).name()));
        });
    }

    private static Object constant(Class<?> type, Map<String, Object> constants, String text) {
        Object constant = constants.get(text);
        if (constant == null) {
            throw new IllegalArgumentException("\"" + text + "\" is not one of " + type.getSimpleName() + "'s values");
        }
        return constant;
    }

    /** A whole number as a key: {@code "17"}. */
    static TextShape number() {
        return new TextShape(Object::toString, Long::valueOf, schema -> schema.put("type", "string").put("pattern", "^-?[0-9]+$"));
    }

    /** A record whose only component is a String, such as an id: that string. */
    static TextShape wrapped(MethodHandle constructor, MethodHandle accessor) {
        return new TextShape(
                value -> (String) Calls.invoke(accessor, value),
                text -> Calls.invoke(constructor, text),
                schema -> schema.put("type", "string"));
    }

    @Override
    public void write(JsonGenerator out, Object value) throws IOException {
        out.writeString(format.text(value));
    }

    @Override
    public Object read(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            throw new IOException("a string is expected, not " + in.currentToken());
        }
        return fromText(in.getText());
    }

    /** A value or key. */
    Object fromText(String text) throws IOException {
        try {
            return parse.value(text);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void describe(ObjectNode schema) {
        description.accept(schema);
    }
}
