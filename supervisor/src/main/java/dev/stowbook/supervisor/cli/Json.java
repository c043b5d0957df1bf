package dev.stowbook.supervisor.cli;

import dev.stowbook.supervisor.json.PlainJson;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers of the daemon, read and written. */
final class Json {
    private Json() {}

    static @Nullable Object parse(byte[] utf8) throws IOException {
        return PlainJson.parse(utf8);
    }

    /** An object, or an empty one if it is something else. */
    static JsonObject object(byte[] utf8) throws IOException {
        return JsonObject.of(parse(utf8));
    }

    /** The objects of an array. */
    static List<JsonObject> objects(byte[] utf8) throws IOException {
        return JsonObject.list(parse(utf8));
    }

    /** Indented by two blanks a level. */
    static byte[] pretty(@Nullable Object value) {
        return PlainJson.write(value, true);
    }

    static byte[] compact(@Nullable Object value) {
        return PlainJson.write(value, false);
    }
}
