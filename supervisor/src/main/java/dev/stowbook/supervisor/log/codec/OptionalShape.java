package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;

/** A value that may be left out; its field is left out then. */
record OptionalShape(
        Shape inner, Object empty, Predicate<Object> isEmpty, Function<Object, Object> unwrap, Function<Object, Object> wrap)
        implements Shape {

    static OptionalShape of(Shape inner) {
        return new OptionalShape(
                inner, Optional.empty(), value -> ((Optional<?>) value).isEmpty(), value -> ((Optional<?>) value).get(), Optional::of);
    }

    static OptionalShape ofInt() {
        return new OptionalShape(
                ScalarShape.INT,
                OptionalInt.empty(),
                value -> ((OptionalInt) value).isEmpty(),
                value -> ((OptionalInt) value).getAsInt(),
                value -> OptionalInt.of((int) value));
    }

    static OptionalShape ofLong() {
        return new OptionalShape(
                ScalarShape.LONG,
                OptionalLong.empty(),
                value -> ((OptionalLong) value).isEmpty(),
                value -> ((OptionalLong) value).getAsLong(),
                value -> OptionalLong.of((long) value));
    }

    @Override
    public boolean absent(Object value) {
        return isEmpty.test(value);
    }

    @Override
    public Object missing(String field) {
        return empty;
    }

    @Override
    public void write(JsonGenerator out, Object value) throws IOException {
        inner.write(out, unwrap.apply(value));
    }

    @Override
    public Object read(JsonParser in) throws IOException {
        return wrap.apply(inner.read(in));
    }

    @Override
    public void describe(ObjectNode schema) {
        inner.describe(schema);
    }
}
