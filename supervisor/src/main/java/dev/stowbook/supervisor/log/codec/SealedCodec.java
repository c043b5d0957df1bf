package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The records of a sealed interface, each by its simple name. Any thread. */
final class SealedCodec<E> {
    private static final ObjectMapper TREES = new ObjectMapper(JsonRecords.JSON);

    private final EventTypes types;
    private final Map<String, JsonRecords<? extends E>> byName = new HashMap<>();
    private final Map<Class<?>, JsonRecords<E>> byClass = new HashMap<>();

    SealedCodec(Class<E> sealed, EventTypes types) {
        this.types = types;
        Shapes shapes = new Shapes();
        for (Class<?> type : EventTypes.records(sealed)) {
            @SuppressWarnings("unchecked") // what a sealed interface permits implements it
            JsonRecords<E> records = JsonRecords.of((Class<E>) type, shapes);
            byClass.put(type, records);
            if (byName.put(type.getSimpleName(), records) != null) {
                throw new IllegalArgumentException("two events are called " + type.getSimpleName());
            }
        }
    }

    /** All type ids, sorted. */
    List<String> names() {
        return List.copyOf(new TreeSet<>(byName.keySet()));
    }

    EventRecord encode(E event) {
        JsonRecords<E> records = byClass.get(event.getClass());
        if (records == null) {
            throw new IllegalArgumentException(event.getClass() + " is not a type of event");
        }
        String type = event.getClass().getSimpleName();
        return new EventRecord(type, types.version(type), records.write(event));
    }

    E decode(EventRecord stored) throws LogException {
        JsonRecords<? extends E> records = byName.get(stored.type());
        if (records == null) {
            throw unreadable(stored, "this program knows no such type; start a Stowbook at least as new as the one that wrote it", null);
        }
        int current = types.version(stored.type());
        if (stored.version() > current || stored.version() < 1) {
            throw unreadable(stored, "this program reads it up to version " + current + "; start a Stowbook at least as new as the one that wrote it", null);
        }
        try {
            return records.read(stored.version() == current ? stored.data() : upcast(stored, current));
        } catch (IOException e) {
            throw unreadable(stored, e.getMessage(), e);
        }
    }

    private byte[] upcast(EventRecord stored, int current) throws IOException {
        JsonNode tree = TREES.readTree(stored.data());
        if (!(tree instanceof ObjectNode node)) {
            throw new IOException("it is not an object");
        }
        for (int version = stored.version(); version < current; version++) {
            node = types.upcaster(stored.type(), version).orElseThrow().change().apply(node);
        }
        return TREES.writeValueAsBytes(node);
    }

    String schema(String type, int version) {
        return byName.get(type).schema("https://stowbook.dev/schema/events/" + type + ".v" + version + ".json", type);
    }

    int version(String type) {
        return types.version(type);
    }

    private static LogException unreadable(EventRecord stored, String why, @Nullable Throwable cause) {
        String message = "an event of type " + stored.type() + ", version " + stored.version() + ", cannot be read: " + why
                + ". It is not skipped, since the state would be wrong without it";
        return cause == null
                ? new LogException(LogException.Code.DAMAGED, message)
                : new LogException(LogException.Code.DAMAGED, message, cause);
    }
}
