package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record as an object, its fields in the order of its components. Every field must be there, and no other. */
final class RecordShape implements Shape {

    /** A component. */
    record Field(SerializedString name, Shape shape, MethodHandle accessor) {}

    private final String name;
    private final Field[] fields;
    private final MethodHandle constructor;

    RecordShape(String name, List<Field> fields, MethodHandle constructor) {
        this.name = name;
        this.fields = fields.toArray(Field[]::new);
        this.constructor = constructor;
    }

    @Override
    public void write(JsonGenerator out, Object value) throws IOException {
        out.writeStartObject();
        for (Field field : fields) {
            Object component = Calls.invoke(field.accessor(), value);
            if (!field.shape().absent(component)) {
                out.writeFieldName(field.name());
                field.shape().write(out, component);
            }
        }
        out.writeEndObject();
    }

    @Override
    public Object read(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            throw new IOException("an object (" + name + ") is expected, not " + in.currentToken());
        }
        @Nullable Object[] values = new Object[fields.length];
        int expected = 0;
        while (true) {
            // Fields come in the order they were written in, nearly always.
            int at = expected;
            while (at < fields.length && values[at] != null) {
                at++;
            }
            if (at == fields.length || !in.nextFieldName(fields[at].name())) {
                if (at == fields.length) {
                    in.nextToken();
                }
                if (in.currentToken() == JsonToken.END_OBJECT) {
                    break;
                }
                at = find(in.currentName());
                if (values[at] != null) {
                    throw new IOException("field " + in.currentName() + " of " + name + " is there twice");
                }
            }
            in.nextToken();
            values[at] = value(at, in);
            expected = at + 1;
        }
        return construct(values);
    }

    private Object value(int at, JsonParser in) throws IOException {
        try {
            return fields[at].shape().read(in);
        } catch (IOException e) {
            throw new IOException(name + "." + fields[at].name().getValue() + ": " + e.getMessage(), e);
        }
    }

    private int find(String field) throws IOException {
        for (int i = 0; i < fields.length; i++) {
            if (fields[i].name().getValue().equals(field)) {
                return i;
            }
        }
        throw new IOException(name + " has no field " + field);
    }

    private Object construct(@Nullable Object[] values) throws IOException {
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                values[i] = fields[i].shape().missing(fields[i].name().getValue());
            }
        }
        try {
            return Calls.construct(constructor, values);
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new IOException(name + " does not accept " + Arrays.toString(values) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void describe(ObjectNode schema) {
        schema.put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        for (Field field : fields) {
            field.shape().describe(properties.putObject(field.name().getValue()));
            if (!(field.shape() instanceof OptionalShape)) {
                required.add(field.name().getValue());
            }
        }
        schema.put("additionalProperties", false);
    }
}
