package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.json.CloudEvents;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.stream.TailEvent;
import dev.stowbook.supervisor.stream.TailPump;
import io.vertx.core.buffer.Buffer;

/** One CloudEvent a line. */
record NdjsonFraming(CloudEvents events, String instance) implements TailPump.Framing {

    @Override
    public Buffer event(TailEvent event) throws LogException {
        return Buffer.buffer(events.json(instance, event)).appendByte((byte) '\n');
    }

    @Override
    public Buffer heartbeat(long sequence) {
        return Buffer.buffer("{\"heartbeat\":" + sequence + "}\n");
    }
}
