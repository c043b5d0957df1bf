package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryDraft;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventStreamTest {
    @TempDir
    private Path directory;

    /** The book behind a glass: it counts what is read, and may have lost its beginning. */
    private record Watched(EventLog log, AtomicLong read, long earliest) implements EventLog {
        @Override
        public EntryReader read(long from) throws LogException {
            if (from < earliest) {
                throw LogException.gone(earliest, "events before " + earliest + " are not kept any more");
            }
            EntryReader reader = log.read(from);
            return new EntryReader() {
                @Override
                public Optional<Entry> next() throws LogException {
                    Optional<Entry> entry = reader.next();
                    entry.ifPresent(e -> read.accumulateAndGet(e.lastSequence(), Math::max));
                    return entry;
                }

                @Override
                public void close() {
                    reader.close();
                }
            };
        }

        @Override
        public long lastSequence() {
            return log.lastSequence();
        }

        @Override
        public LogHead head() {
            return log.head();
        }

        @Override
        public long durableSequence() {
            return log.durableSequence();
        }

        @Override
        public void append(EntryDraft draft) throws LogException {
            log.append(draft);
        }

        @Override
        public long sync() throws LogException {
            return log.sync();
        }

        @Override
        public void close() {
            log.close();
        }
    }

    private void tag(Api api, int from, int to) throws Exception {
        for (int i = from; i < to - 1; i++) {
            api.loop.submit(new ImageCommand.TagImage("box", "tag:" + i), Actor.daemon("test"), 0, "");
        }
        api.ask(new ImageCommand.TagImage("box", "tag:" + (to - 1)));
    }

    @Test
    void anEventIsACloudEventWhoseDataAreTheVeryBytesOfTheBook() throws Exception {
        try (Api api = new Api(directory)) {
            api.image("box");
            api.runs("web", "");
            String instance = api.loop.durableState().instance().id();
            List<String> lines = api.http.get("/v1/events").text().lines().toList();
            try (EntryReader reader = api.log.read(1)) {
                int at = 0;
                for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                    for (var record : entry.get().events()) {
                        String data = new String(record.data(), StandardCharsets.UTF_8);
                        assertTrue(lines.get(at).endsWith(",\"data\":" + data + "}"), lines.get(at));
                        at++;
                    }
                }
                assertEquals(at, lines.size());
            }
            List<JsonNode> events = Events.all(api, 1);
            for (int i = 0; i < events.size(); i++) {
                JsonNode event = events.get(i);
                assertEquals(i + 1, event.path("sequence").asLong());
                assertEquals("1.0", event.path("specversion").asText());
                assertEquals(instance + "-" + (i + 1), event.path("id").asText());
                assertEquals("/stowbook/" + instance, event.path("source").asText());
                assertTrue(event.path("entry").asLong() >= event.path("sequence").asLong());
                Instant.parse(event.path("time").asText());
            }
            JsonNode started = Events.of(api, "ProcessStarted").getFirst();
            assertEquals(api.container("web").id().value(), started.path("subject").asText());
            assertTrue(started.path("causesequence").asLong() > 0);
        }
    }

    @Test
    void readingBeginsExactlyAtTheSequenceAlsoInTheMiddleOfAnEntry() throws Exception {
        try (Api api = new Api(directory)) {
            api.image("box");
            api.runs("web", "");
            long all = api.loop.durableState().sequence();
            for (long from = 1; from <= all; from++) {
                List<JsonNode> events = Events.all(api, from);
                assertEquals(from, events.getFirst().path("sequence").asLong());
                assertEquals(all - from + 1, events.size());
            }
            assertEquals(List.of(), Events.all(api, all + 1));
        }
    }

    @Test
    void aReaderThatIsCutOffAgainAndAgainMissesNothingAndSeesNothingTwice() throws Exception {
        try (Api api = new Api(directory)) {
            api.image("box");
            AtomicBoolean done = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 40; i++) {
                        tag(api, i * 50, i * 50 + 50);
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                } finally {
                    done.set(true);
                }
            });
            long next = 1;
            int connections = 0;
            while (!done.get() || next <= api.loop.durableState().sequence()) {
                connections++;
                try (UnixHttp.Stream stream = api.http.open("/v1/events?follow=true&from=" + next)) {
                    long until = Math.min(next + 97, Math.max(next, api.loop.durableState().sequence()));
                    while (next <= until && (!done.get() || next <= api.loop.durableState().sequence())) {
                        JsonNode event = stream.jsonLine();
                        if (event.has("sequence")) {
                            assertEquals(next, event.path("sequence").asLong());
                            next++;
                        }
                    }
                }
            }
            writer.join();
            assertEquals(api.loop.durableState().sequence() + 1, next);
            assertTrue(next > 2000 && connections > 10, next + " events over " + connections + " connections");
        }
    }

    @Test
    void aSlowReaderIsServedFromTheDiskAndHoldsUpNobody() throws Exception {
        AtomicLong read = new AtomicLong();
        try (Api api = new Api(directory, log -> new Watched(log, read, 0), Duration.ofSeconds(15), "stowbook")) {
            api.image("box");
            try (UnixHttp.Stream slow = api.http.open("/v1/events?follow=true")) {
                tag(api, 0, 30_000);
                long written = api.loop.durableState().sequence();
                assertEquals(200, api.http.get("/v1/info").status());
                long before = -1;
                for (long now = read.get(); now != before; now = read.get()) {
                    before = now;
                    Thread.sleep(200);
                }
                assertTrue(before < written / 2, "the server read " + before + " of " + written + " events for a reader that reads none");
                for (long expected = 1; expected <= written; ) {
                    JsonNode event = slow.jsonLine();
                    if (event.has("sequence")) {
                        assertEquals(expected++, event.path("sequence").asLong());
                    }
                }
            }
            Api.await(() -> api.server.followers() == 0);
        }
    }

    @Test
    void followingShowsWhatHappensNextAndHeartbeatsWhileNothingDoes() throws Exception {
        try (Api api = new Api(directory, log -> log, Duration.ofMillis(40), "stowbook")) {
            api.image("box");
            long last = api.loop.durableState().sequence();
            try (UnixHttp.Stream stream = api.http.open("/v1/events?follow=true&from=" + (last + 1))) {
                assertEquals("application/x-ndjson", stream.headers.get("Content-Type"));
                assertEquals(last, stream.jsonLine().path("heartbeat").asLong());
                tag(api, 0, 1);
                JsonNode event = stream.jsonLine();
                while (event.has("heartbeat")) {
                    event = stream.jsonLine();
                }
                assertEquals("dev.stowbook.ImageTagged.v1", event.path("type").asText());
                assertEquals(last + 1, event.path("sequence").asLong());
                assertEquals(last + 1, stream.jsonLine().path("heartbeat").asLong());
            }
        }
    }

    @Test
    void serverSentEventsCarryTheSequenceAsIdAndGoOnBehindTheLastOne() throws Exception {
        try (Api api = new Api(directory, log -> log, Duration.ofMillis(40), "stowbook")) {
            api.image("box");
            long last = api.loop.durableState().sequence();
            try (UnixHttp.Stream stream = api.http.open(
                    "/v1/events?from=1", "Accept: text/event-stream", "Last-Event-ID: " + (last - 1))) {
                assertEquals("text/event-stream", stream.headers.get("Content-Type"));
                assertEquals("id: " + last, stream.bodyLine());
                String data = stream.bodyLine();
                assertTrue(data.startsWith("data: {\"specversion\""), data);
                assertEquals("", stream.bodyLine());
                assertEquals(": heartbeat", stream.bodyLine());
                assertEquals("id: " + last, stream.bodyLine());
                assertEquals("", stream.bodyLine());
            }
            try (UnixHttp.Stream stream = api.http.open("/v1/events?follow=false", "Accept: text/event-stream")) {
                assertEquals(last, new String(stream.rest(), StandardCharsets.UTF_8).lines().filter(l -> l.startsWith("id: ")).count());
                assertEquals(-1, stream.read());
            }
        }
    }

    @Test
    void whatIsNotKeptAnyMoreIsGoneAndTheEarliestIsNamed() throws Exception {
        try (Api api = new Api(directory, log -> new Watched(log, new AtomicLong(), 3), Duration.ofSeconds(15), "stowbook")) {
            api.image("box");
            UnixHttp.Response gone = api.http.get("/v1/events?from=1&follow=true");
            assertEquals(410, gone.status());
            assertEquals("GONE", gone.json().at("/error/code").asText());
            assertEquals(3, gone.json().at("/error/earliest").asLong());
            assertEquals(3, Events.first(api, 3).path("sequence").asLong());
        }
    }

    @Test
    void nothingIsShownBeforeItIsDurable() throws Exception {
        try (Api api = new Api(directory, log -> log, Duration.ofMillis(40), "stowbook")) {
            api.image("box");
            long last = api.loop.durableState().sequence();
            try (UnixHttp.Stream stream = api.http.open("/v1/events?follow=true&from=" + (last + 1))) {
                api.gate.hold();
                api.loop.submit(new ImageCommand.TagImage("box", "held:1"), Actor.daemon("test"), 0, "");
                Api.await(() -> api.log.lastSequence() > last);
                for (int i = 0; i < 4; i++) {
                    assertEquals(last, stream.jsonLine().path("heartbeat").asLong());
                }
                api.gate.release();
                JsonNode event = stream.jsonLine();
                while (event.has("heartbeat")) {
                    event = stream.jsonLine();
                }
                assertEquals(last + 1, event.path("sequence").asLong());
            }
        }
    }

    @Test
    void aDamagedBookCutsTheStreamOffInsteadOfEndingIt() throws Exception {
        try (Api api = new Api(directory, log -> new Damaged(log), Duration.ofSeconds(15), "stowbook")) {
            api.image("box");
            List<String> lines = new ArrayList<>();
            boolean cutOff = false;
            try (UnixHttp.Stream stream = api.http.open("/v1/events")) {
                for (String line = stream.bodyLine(); line != null; line = stream.bodyLine()) {
                    lines.add(line);
                }
            } catch (IOException e) {
                cutOff = true;
            }
            assertTrue(cutOff, "the stream seemed to be complete: " + lines);
            assertTrue(lines.getLast().contains("entry 2 is damaged"), lines.toString());
        }
    }

    /** A book that cannot be read beyond its first entry. */
    private static final class Damaged implements EventLog {
        private final Watched log;

        Damaged(EventLog log) {
            this.log = new Watched(log, new AtomicLong(), 0);
        }

        @Override
        public EntryReader read(long from) throws LogException {
            EntryReader reader = log.read(from);
            return new EntryReader() {
                private int entries;

                @Override
                public Optional<Entry> next() throws LogException {
                    if (++entries > 1) {
                        throw new LogException(LogException.Code.DAMAGED, "entry 2 is damaged");
                    }
                    return reader.next();
                }

                @Override
                public void close() {
                    reader.close();
                }
            };
        }

        @Override
        public long lastSequence() {
            return log.lastSequence();
        }

        @Override
        public LogHead head() {
            return log.head();
        }

        @Override
        public long durableSequence() {
            return log.durableSequence();
        }

        @Override
        public void append(EntryDraft draft) throws LogException {
            log.append(draft);
        }

        @Override
        public long sync() throws LogException {
            return log.sync();
        }

        @Override
        public void close() {
            log.close();
        }
    }
}
