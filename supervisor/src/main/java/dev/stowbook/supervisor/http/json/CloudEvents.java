package dev.stowbook.supervisor.http.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.stream.Subjects;
import dev.stowbook.supervisor.stream.TailEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Writes events as CloudEvents 1.0 in JSON; {@code data} is the very bytes of the book. Any thread. */
public final class CloudEvents {
    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] DATA = ",\"data\":".getBytes(StandardCharsets.UTF_8);

    private final EventFormat format;

    public CloudEvents(EventFormat format) {
        this.format = format;
    }

    /**
     * One event, without a line feed at its end.
     *
     * @param instance the instance whose book it is
     * @throws LogException DAMAGED if its type is unknown
     */
    public byte[] json(String instance, TailEvent event) throws LogException {
        EventRecord record = event.record();
        Optional<String> subject = Subjects.of(format.decode(record));
        ByteArrayOutputStream out = new ByteArrayOutputStream(512 + record.data().length);
        try (JsonGenerator json = JSON.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT)) {
            attributes(json, instance, event, subject);
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer in memory refused bytes", e);
        }
        out.writeBytes(DATA);
        out.writeBytes(record.data());
        out.write('}');
        return out.toByteArray();
    }

    private static void attributes(JsonGenerator json, String instance, TailEvent event, Optional<String> subject)
            throws IOException {
        Entry entry = event.entry();
        EventRecord record = event.record();
        json.writeStartObject();
        json.writeStringField("specversion", "1.0");
        json.writeStringField("id", instance + "-" + event.sequence());
        json.writeStringField("source", "/stowbook/" + instance);
        json.writeStringField("type", "dev.stowbook." + record.type() + ".v" + record.version());
        json.writeStringField("time", entry.time().toString());
        if (subject.isPresent()) {
            json.writeStringField("subject", subject.get());
        }
        json.writeStringField("datacontenttype", "application/json");
        json.writeNumberField("sequence", event.sequence());
        json.writeNumberField("entry", entry.lastSequence());
        json.writeStringField("actor", actor(entry.actor()));
        json.writeStringField("cause", entry.cause().command());
        if (entry.cause().sequence() > 0) {
            json.writeNumberField("causesequence", entry.cause().sequence());
        }
        if (!entry.cause().request().isEmpty()) {
            json.writeStringField("request", entry.cause().request());
        }
    }

    /** An actor in words: {@code user cli uid 0 pid 123}. */
    public static String actor(Actor actor) {
        StringBuilder text = new StringBuilder(actor.kind().name().toLowerCase(Locale.ROOT)).append(' ').append(actor.name());
        actor.uid().ifPresent(uid -> text.append(" uid ").append(uid));
        actor.pid().ifPresent(pid -> text.append(" pid ").append(pid));
        return text.toString();
    }
}
