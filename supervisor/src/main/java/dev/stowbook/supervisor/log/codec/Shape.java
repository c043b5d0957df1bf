package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** How the values of one Java type look in JSON. Immutable; any thread. */
interface Shape {

    /** Writes a value. The same value gives the same bytes, always. */
    void write(JsonGenerator out, Object value) throws IOException;

    /**
     * Reads a value, whose first token is the parser's current one, and leaves the parser at its last.
     *
     * @throws IOException if it has another shape; the message says which
     */
    Object read(JsonParser in) throws IOException;

    /** Describes it in terms of JSON Schema. */
    void describe(ObjectNode schema);

    /** Whether this value is left out of an object. */
    default boolean absent(Object value) {
        return false;
    }

    /** What a field that is left out means. @throws IOException if it must not be */
    default Object missing(String field) throws IOException {
        throw new IOException("field " + field + " is missing");
    }
}
