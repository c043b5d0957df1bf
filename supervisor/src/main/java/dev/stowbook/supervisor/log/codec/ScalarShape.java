package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** Numbers and truth values. */
enum ScalarShape implements Shape {
    INT {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            out.writeNumber((int) value);
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            requireWhole(in);
            return in.getIntValue();
        }

        @Override
        public void describe(ObjectNode schema) {
            schema.put("type", "integer").put("minimum", Integer.MIN_VALUE).put("maximum", Integer.MAX_VALUE);
        }
    },
    LONG {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            out.writeNumber((long) value);
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            requireWhole(in);
            return in.getLongValue();
        }

        @Override
        public void describe(ObjectNode schema) {
            schema.put("type", "integer");
        }
    },
    BOOLEAN {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            out.writeBoolean((boolean) value);
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            return in.getBooleanValue();
        }

        @Override
        public void describe(ObjectNode schema) {
            schema.put("type", "boolean");
        }
    };

    private static void requireWhole(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new IOException("a whole number is expected, not " + in.currentToken());
        }
    }
}
