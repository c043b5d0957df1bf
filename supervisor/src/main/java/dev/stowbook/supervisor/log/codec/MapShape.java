package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pcollections.TreePMap;

/** A sorted map as an object, in the map's own order; persistent if {@code persistent}. */
record MapShape(TextShape key, Shape value, boolean persistent) implements Shape {

    @Override
    public void write(JsonGenerator out, Object map) throws IOException {
        out.writeStartObject();
        for (var entry : ((SortedMap<?, ?>) map).entrySet()) {
            out.writeFieldName(key.format().text(entry.getKey()));
            value.write(out, entry.getValue());
        }
        out.writeEndObject();
    }

    @Override
    public Object read(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            throw new IOException("an object is expected, not " + in.currentToken());
        }
        TreeMap<Comparable<Object>, Object> entries = new TreeMap<>();
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            entries.put(comparable(key.fromText(name)), value.read(in));
        }
        return persistent ? TreePMap.from(entries) : Collections.unmodifiableSortedMap(entries);
    }

    @SuppressWarnings("unchecked") // the keys of a sorted map in its natural order are comparable with each other
    private static Comparable<Object> comparable(Object key) {
        return (Comparable<Object>) key;
    }

    @Override
    public void describe(ObjectNode schema) {
        schema.put("type", "object");
        value.describe(schema.putObject("additionalProperties"));
    }
}
