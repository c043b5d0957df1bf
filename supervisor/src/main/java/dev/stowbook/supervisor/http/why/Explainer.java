package dev.stowbook.supervisor.http.why;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.http.json.CloudEvents;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers why something is as it is, from the book alone. Blocks: worker threads. */
public final class Explainer {
    private static final int MOST_FACTS = 10_000;
    private static final int LONGEST_CHAIN = 40;

    private final EventLog log;
    private final EventFormat format;

    public Explainer(EventLog log, EventFormat format) {
        this.log = log;
        this.format = format;
    }

    /**
     * What led to where it stands, newest first.
     *
     * @param state the newest state that may be shown
     * @param ref a container, pod, image, network or volume, also one that was removed
     * @param kinds what the name may mean
     * @return empty if neither the state nor the book knows it
     */
    public Optional<ObjectNode> explain(State state, String ref, Set<Subject.Kind> kinds) throws LogException {
        Optional<Subject> present = Subject.present(state, ref, kinds);
        Optional<Subject> subject = present.isPresent() ? present : past(state.sequence(), ref, kinds);
        if (subject.isEmpty()) {
            return Optional.empty();
        }
        Story story = new Story(facts(state.sequence(), subject.get()));
        Sentences sentences = new Sentences(story, pod -> podName(state, pod));
        ObjectNode json = Json.object().put("subject", subject.get().name());
        ArrayNode chain = json.putArray("chain");
        for (Fact fact : chain(story, subject.get())) {
            chain.addObject()
                    .put("sequence", fact.sequence())
                    .put("time", fact.time().toString())
                    .put("type", fact.event().getClass().getSimpleName())
                    .put("summary", sentences.of(fact))
                    .put("actor", CloudEvents.actor(fact.actor()))
                    .put("cause", fact.cause().command());
        }
        return Optional.of(json);
    }

    private static String podName(State state, PodId pod) {
        return Optional.ofNullable(state.pods().get(pod)).map(there -> there.spec().name()).orElse(pod.abbreviated());
    }

    private static List<Fact> chain(Story story, Subject subject) {
        List<Fact> chain = switch (subject) {
            case Subject.OfImage image -> story.newestFirst();
            case Subject.OfContainer container -> story.chain(false);
            case Subject.OfPod pod -> story.chain(true);
            case Subject.OfNetwork network -> story.newestFirst();
            case Subject.OfVolume volume -> story.sinceLast(VolumeEvent.VolumeCreated.class);
        };
        return chain.subList(0, Math.min(LONGEST_CHAIN, chain.size()));
    }

    private Optional<Subject> past(long durable, String ref, Set<Subject.Kind> kinds) throws LogException {
        Past past = new Past(ref, kinds);
        try (EntryReader reader = log.read(1)) {
            for (Entry entry = next(reader, durable); entry != null; entry = next(reader, durable)) {
                for (EventRecord record : entry.events()) {
                    if (Past.NAMING.contains(record.type())) {
                        past.look(format.decode(record));
                    }
                }
            }
        }
        return past.found();
    }

    private static Stream<String> named(Subject subject) {
        return switch (subject) {
            case Subject.OfContainer c -> Stream.of(c.pod().value());
            case Subject.OfPod p -> Stream.of(p.id().value());
            case Subject.OfNetwork n -> Stream.of(n.id().value());
            case Subject.OfVolume v -> Stream.of(v.name());
            case Subject.OfImage i -> Stream.concat(Stream.of(i.id()), i.madeFrom().stream());
        };
    }

    private List<Fact> facts(long durable, Subject subject) throws LogException {
        List<byte[]> ids = named(subject).map(id -> id.getBytes(StandardCharsets.US_ASCII)).toList();
        ArrayDeque<Fact> facts = new ArrayDeque<>();
        try (EntryReader reader = log.read(1)) {
            for (Entry entry = next(reader, durable); entry != null; entry = next(reader, durable)) {
                for (int i = 0; i < entry.events().size(); i++) {
                    byte[] data = entry.events().get(i).data();
                    if (ids.stream().anyMatch(id -> contains(data, id))) {
                        collect(facts, entry, i, subject);
                    }
                }
            }
        }
        return new ArrayList<>(facts);
    }

    private static @Nullable Entry next(EntryReader reader, long durable) throws LogException {
        Entry entry = reader.next().orElse(null);
        return entry == null || entry.lastSequence() > durable ? null : entry;
    }

    private void collect(ArrayDeque<Fact> facts, Entry entry, int index, Subject subject) throws LogException {
        Event event = format.decode(entry.events().get(index));
        if (Story.concerns(event, subject)) {
            facts.add(new Fact(
                    entry.firstSequence() + index, entry.lastSequence(), entry.time(), event, entry.actor(), entry.cause()));
            if (facts.size() > MOST_FACTS) {
                facts.poll();
            }
        }
    }

    /** Whether an id is named at all: most of the book is about others and need not be decoded. */
    private static boolean contains(byte[] data, byte[] id) {
        for (int at = 0; at <= data.length - id.length; at++) {
            int matched = 0;
            while (matched < id.length && data[at + matched] == id[matched]) {
                matched++;
            }
            if (matched == id.length) {
                return true;
            }
        }
        return false;
    }
}
