package dev.stowbook.supervisor.log.codec;

import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import java.util.List;

/** Events as the log stores them: UTF-8 JSON, fields in the order of the record's components. Any thread. */
public final class EventCodec implements EventFormat {
    private final SealedCodec<Event> codec =
            new SealedCodec<>(Event.class, new EventTypes(EventTypes.VERSIONS, EventTypes.UPCASTERS));

    @Override
    public EventRecord encode(Event event) {
        return codec.encode(event);
    }

    @Override
    public Event decode(EventRecord record) throws LogException {
        return codec.decode(record);
    }

    /** The ids of all types, sorted. */
    public List<String> types() {
        return codec.names();
    }

    /** The version that is written of a type. */
    public int version(String type) {
        return codec.version(type);
    }

    /** The JSON Schema of a type's current version. */
    public String schema(String type) {
        return codec.schema(type, codec.version(type));
    }
}
