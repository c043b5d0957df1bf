package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One record type as UTF-8 JSON. Any thread. */
public final class JsonRecords<T> {
    static final JsonFactory JSON = JsonFactory.builder()
            // A snapshot is one document; a frame bounds every other.
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(1 << 16)
                    .build())
            .build();

    private final Class<T> type;
    private final RecordShape shape;

    private JsonRecords(Class<T> type, RecordShape shape) {
        this.type = type;
        this.shape = shape;
    }

    /** Of a record type. @throws IllegalArgumentException if one of its components has no defined shape */
    public static <T extends Record> JsonRecords<T> of(Class<T> type) {
        return of(type, new Shapes());
    }

    static <T> JsonRecords<T> of(Class<T> type, Shapes shapes) {
        return new JsonRecords<>(type, shapes.ofRecord(type));
    }

    /** The record's JSON; the same record gives the same bytes, always. */
    public byte[] write(T value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            shape.write(out, value);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    /** The record of some JSON. @throws IOException if it is not the JSON of such a record */
    public T read(byte[] json) throws IOException {
        try (JsonParser in = JSON.createParser(json)) {
            in.nextToken();
            T value = type.cast(shape.read(in));
            if (in.nextToken() != null) {
                throw new IOException("more follows after the " + type.getSimpleName());
            }
            return value;
        }
    }

    /** Describes it as JSON Schema. */
    public String schema(String id, String title) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema").put("$id", id).put("title", title);
        shape.describe(schema);
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(schema) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }
}
