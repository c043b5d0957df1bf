package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.json.CloudEvents;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.stream.TailEvent;
import dev.stowbook.supervisor.stream.TailPump;
import io.vertx.core.buffer.Buffer;

/** Server-sent events (HTML standard, section 9.2); their id is the sequence. JSON has no line feeds, so one data line each. */
record SseFraming(CloudEvents events, String instance) implements TailPump.Framing {

    @Override
    public Buffer event(TailEvent event) throws LogException {
        return Buffer.buffer("id: " + event.sequence() + "\ndata: ")
                .appendBytes(events.json(instance, event))
                .appendString("\n\n");
    }

    /** An event without data is not shown to anybody, but its id is remembered. */
    @Override
    public Buffer heartbeat(long sequence) {
        return Buffer.buffer(": heartbeat\nid: " + sequence + "\n\n");
    }
}
