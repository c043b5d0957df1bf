package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A list as an array. */
record ListShape(Shape element) implements Shape {

    @Override
    public void write(JsonGenerator out, Object value) throws IOException {
        out.writeStartArray();
        for (Object each : (List<?>) value) {
            element.write(out, each);
        }
        out.writeEndArray();
    }

    @Override
    public Object read(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw new IOException("an array is expected, not " + in.currentToken());
        }
        if (in.nextToken() == JsonToken.END_ARRAY) {
            return List.of();
        }
        List<Object> elements = new ArrayList<>();
        do {
            elements.add(element.read(in));
        } while (in.nextToken() != JsonToken.END_ARRAY);
        return List.copyOf(elements);
    }

    @Override
    public void describe(ObjectNode schema) {
        schema.put("type", "array");
        element.describe(schema.putObject("items"));
    }
}
