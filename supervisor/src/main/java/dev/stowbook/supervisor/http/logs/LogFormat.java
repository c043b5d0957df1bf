package dev.stowbook.supervisor.http.logs;

import dev.stowbook.supervisor.http.json.Json;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** How log lines are sent. One thread at a time. */
public final class LogFormat {
    private final boolean json;
    private final boolean timestamps;
    private final Set<String> unfinished = new HashSet<>();

    /** Raw bytes, or JSON, one object an entry. Timestamps are always part of the JSON. */
    public LogFormat(boolean json, boolean timestamps) {
        this.json = json;
        this.timestamps = timestamps;
    }

    void append(Buffer to, LogLine line) {
        if (json) {
            to.appendBytes(Json.line(Json.object()
                    .put("time", line.time())
                    .put("stream", line.stream())
                    .put("partial", line.partial())
                    .put("text", new String(line.text(), StandardCharsets.UTF_8))));
            return;
        }
        boolean begins = line.partial() ? unfinished.add(line.stream()) : !unfinished.remove(line.stream());
        if (timestamps && begins) {
            to.appendString(line.time()).appendByte((byte) ' ');
        }
        to.appendBytes(line.text());
        if (!line.partial()) {
            to.appendByte((byte) '\n');
        }
    }
}
