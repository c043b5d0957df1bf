package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventRecord;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

final class Formats {
    private Formats() {}

    static EventFormat real() {
        Map<String, Event> events = new HashMap<>();
        return new EventFormat() {
            @Override
            public EventRecord encode(Event event) {
                String text = event.toString();
                events.put(text, event);
                return new EventRecord(event.getClass().getSimpleName(), 1, text.getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public Event decode(EventRecord record) {
                return events.get(new String(record.data(), StandardCharsets.UTF_8));
            }
        };
    }
}
