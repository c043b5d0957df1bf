package dev.stowbook.supervisor.log.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.model.NetworkId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

class EventCodecTest {

    /** Events of this test, to change versions of. */
    public sealed interface Sample permits Moved, Odd {}

    public record Moved(
            NetworkId network,
            String name,
            Optional<String> note,
            OptionalInt weight,
            Duration took,
            Instant at,
            SortedMap<String, Long> inodes,
            PSortedMap<Long, NetworkId> byNumber,
            List<String> names)
            implements Sample {}

    public record Odd(int n) implements Sample {}

    private static final NetworkId NETWORK = new NetworkId("ab".repeat(32));
    private final SealedCodec<Sample> codec = new SealedCodec<>(Sample.class, new EventTypes(Map.of(), List.of()));

    private static Moved moved(Optional<String> note, OptionalInt weight) {
        return new Moved(
                NETWORK, "br0", note, weight, Duration.ofMillis(1500), Instant.parse("2026-11-21T10:00:00.5Z"),
                new TreeMap<>(Map.of("pid", 7L, "net", 5L)), TreePMap.singleton(10L, NETWORK).plus(9L, NETWORK), List.of("b", "a"));
    }

    private static String text(EventRecord record) {
        return new String(record.data(), StandardCharsets.UTF_8);
    }

    @Test
    void theJsonIsInTheOrderOfTheComponentsAndOfSortedKeys() {
        String id = "\"" + NETWORK.value() + "\"";
        assertEquals(
                "{\"network\":" + id + ",\"name\":\"br0\",\"note\":\"n\",\"weight\":3,\"took\":\"PT1.5S\",\"at\":\"2026-11-21T10:00:00.500Z\","
                        + "\"inodes\":{\"net\":5,\"pid\":7},\"byNumber\":{\"9\":" + id + ",\"10\":" + id + "},\"names\":[\"b\",\"a\"]}",
                text(codec.encode(moved(Optional.of("n"), OptionalInt.of(3)))));
    }

    @Test
    void whatIsAbsentIsLeftOut() throws LogException {
        Moved event = moved(Optional.empty(), OptionalInt.empty());
        EventRecord record = codec.encode(event);
        assertTrue(text(record).contains("\"name\":\"br0\",\"took\""), text(record));
        assertEquals(event, codec.decode(record));
    }

    @Test
    void fieldsMayComeInAnyOrderAndTextsAreUtf8() throws LogException {
        String json = "{\"names\":[],\"byNumber\":{},\"inodes\":{},\"at\":\"1970-01-01T00:00:00Z\",\"took\":\"PT0S\",\"name\":\"\u00e9\u20ac\","
                + "\"network\":\"" + NETWORK.value() + "\"}";
        Moved event = (Moved) codec.decode(new EventRecord("Moved", 1, json.getBytes(StandardCharsets.UTF_8)));
        assertEquals("\u00e9\u20ac", event.name());
        assertEquals(Instant.EPOCH, event.at());
    }

    @Test
    void anUnknownTypeOrNewerVersionStopsWithASentence() {
        LogException unknown = assertThrows(LogException.class, () -> codec.decode(new EventRecord("Gone", 1, "{}".getBytes(StandardCharsets.UTF_8))));
        assertEquals(LogException.Code.DAMAGED, unknown.code());
        assertTrue(unknown.getMessage().contains("type Gone, version 1"), unknown.getMessage());
        LogException newer = assertThrows(LogException.class, () -> codec.decode(new EventRecord("Odd", 2, "{\"n\":1}".getBytes(StandardCharsets.UTF_8))));
        assertTrue(newer.getMessage().contains("up to version 1"), newer.getMessage());
    }

    @Test
    void missingUnknownDoubleAndWronglyTypedFieldsAreRefusedByName() {
        Map<String, String> wrong = new HashMap<>();
        wrong.put("{}", "field n is missing");
        wrong.put("{\"n\":1,\"m\":2}", "Odd has no field m");
        wrong.put("{\"n\":1,\"n\":2}", "field n of Odd is there twice");
        wrong.put("{\"n\":\"1\"}", "Odd.n: a whole number is expected");
        wrong.put("{\"n\":null}", "Odd.n: a whole number is expected");
        wrong.put("[]", "an object (Odd) is expected");
        wrong.put("{\"n\":1} {}", "more follows");
        wrong.put("{\"n\":1", "Unexpected end-of-input");
        wrong.forEach((json, message) -> {
            LogException e = assertThrows(
                    LogException.class, () -> codec.decode(new EventRecord("Odd", 1, json.getBytes(StandardCharsets.UTF_8))), json);
            assertTrue(e.getMessage().contains(message), json + ": " + e.getMessage());
        });
    }

    @Test
    void olderVersionsAreLiftedOneByOne() throws LogException {
        EventTypes types = new EventTypes(
                Map.of("Odd", 3),
                List.of(
                        new EventTypes.Upcaster("Odd", 1, json -> json.put("m", json.remove("k").asInt())),
                        new EventTypes.Upcaster("Odd", 2, json -> json.put("n", json.remove("m").asInt() * 10))));
        SealedCodec<Sample> newer = new SealedCodec<>(Sample.class, types);
        assertEquals(new Odd(70), newer.decode(new EventRecord("Odd", 1, "{\"k\":7}".getBytes(StandardCharsets.UTF_8))));
        assertEquals(new Odd(80), newer.decode(new EventRecord("Odd", 2, "{\"m\":8}".getBytes(StandardCharsets.UTF_8))));
        assertEquals(new Odd(9), newer.decode(new EventRecord("Odd", 3, "{\"n\":9}".getBytes(StandardCharsets.UTF_8))));
        assertEquals(3, newer.encode(new Odd(1)).version());
    }

    @Test
    void aVersionWithoutAWayFromTheOneBeforeIsRefusedAtOnce() {
        assertThrows(IllegalArgumentException.class, () -> new EventTypes(Map.of("Odd", 2), List.of()));
    }

    /** A record with a type whose order is not fixed. */
    public record Unordered(HashMap<String, String> map) {}

    @Test
    void aTypeWithoutAFixedOrderHasNoShape() {
        assertThrows(IllegalArgumentException.class, () -> JsonRecords.of(Unordered.class));
    }

    @Test
    void theEventsOfTheBookAreStoredByTheirSimpleName() throws LogException {
        EventCodec events = new EventCodec();
        EventRecord record = events.encode(new DaemonEvent.InstanceCreated("00ff"));
        assertEquals("InstanceCreated", record.type());
        assertArrayEquals("{\"instanceId\":\"00ff\"}".getBytes(StandardCharsets.UTF_8), record.data());
        assertEquals(new DaemonEvent.InstanceCreated("00ff"), events.decode(record));
    }
}
