package dev.stowbook.supervisor.log.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.log.EntryDraft;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogHead;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.chronicle.ChronicleEventLog;
import dev.stowbook.supervisor.log.codec.EventCodec;
import dev.stowbook.supervisor.log.file.FileEventLog;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.SubnetSpec;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
    private static final NetworkId NETWORK = new NetworkId("ab".repeat(32));
    private static final EventCodec CODEC = new EventCodec();

    @TempDir
    Path directory;

    private LogOptions options() {
        return LogOptions.in(directory.resolve("log")).withReserveBytes(0);
    }

    private StateSnapshots snapshots() {
        return new StateSnapshots(directory.resolve("snapshots"));
    }

    private Recovery recover(Recovery.Opener opener) throws LogException {
        return Recovery.open(options(), opener, snapshots(), CODEC);
    }

    private static void append(FramedLog log, Event... events) throws LogException {
        List<EventRecord> records = new ArrayList<>();
        for (Event event : events) {
            records.add(CODEC.encode(event));
        }
        long first = log.lastSequence() + 1;
        log.append(new EntryDraft(
                first, Instant.parse("2026-11-21T10:00:00Z").plusMillis(first), new Cause("Test", 0, ""), Actor.daemon("test"), records));
    }

    private static void begin(FramedLog log) throws LogException {
        append(
                log,
                new DaemonEvent.InstanceCreated("00ff"),
                new NetworkEvent.NetworkCreated(
                        NETWORK, "bridge", NetworkSpec.named("default"), List.of(new SubnetSpec("10.88.0.0/16", "10.88.0.1"))));
    }

    private static void pods(FramedLog log, int from, int to) throws LogException {
        for (int i = from; i < to; i++) {
            PodId id = new PodId("%064x".formatted(i));
            PodSpec spec = new PodSpec(
                    "pod-" + i, new TreeMap<>(), Optional.empty(), PodSpec.RestartPolicy.ALWAYS, Duration.ofSeconds(30), NamespaceSpec.defaults(), List.of(),
                    Optional.empty(), List.of(), NetworkingSpec.defaults(), ResourceSpec.unlimited());
            append(log, new PodEvent.PodCreated(
                    id, spec, "pod-" + i,
                    List.of(new EndpointSpec(
                            new EndpointId(id.value()), NETWORK, "eth0",
                            List.of(new EndpointAddress("10.88.1." + (i % 250 + 2), false)), List.of(), Optional.empty(), 0)),
                    List.of(new PublishedPort("127.0.0.1", 8000 + i, 80, PortSpec.Protocol.TCP)),
                    Optional.of(IdRange.ofPod(100_000 + (long) i * IdRange.OF_A_POD))));
            if (i % 3 == 0) {
                append(log, new PodEvent.PodRemoving(id, List.of()), new PodEvent.PodRemoved(id));
            }
        }
    }

    private void snapshotAndTailEqualFullReplay(Recovery.Opener opener) throws LogException, IOException {
        LogHead taken;
        try (FramedLog log = opener.open(options())) {
            begin(log);
            pods(log, 0, 50);
            log.sync();
            taken = log.head();
            snapshots().write(taken, Replay.run(log, CODEC, State.empty()));
            pods(log, 50, 80);
        }
        Recovery fast = recover(opener);
        fast.log().close();
        assertEquals(Optional.of(taken.sequence()), fast.log().openedFrom().map(LogHead::sequence));
        assertEquals(fast.log().lastSequence() - taken.sequence(), fast.replayedEvents());
        try (FramedLog log = opener.open(options())) {
            State full = Replay.run(log, CODEC, State.empty());
            assertEquals(full, fast.state());
            assertEquals(log.lastSequence(), full.sequence());
            assertEquals(53, full.pods().size());
        }
    }

    @Test
    void snapshotAndTailEqualFullReplayInPlainFiles() throws LogException, IOException {
        snapshotAndTailEqualFullReplay(FileEventLog::open);
    }

    @Test
    void snapshotAndTailEqualFullReplayInTheQueue() throws LogException, IOException {
        snapshotAndTailEqualFullReplay(ChronicleEventLog::open);
    }

    @Test
    void theSameStateGivesTheSameSnapshot() throws LogException, IOException {
        try (FramedLog log = FileEventLog.open(options())) {
            begin(log);
            pods(log, 0, 20);
            StateSnapshots snapshots = snapshots();
            snapshots.write(log.head(), Replay.run(log, CODEC, State.empty()));
            byte[] first = Files.readAllBytes(files().getFirst());
            snapshots.write(log.head(), snapshots.newest().orElseThrow().state());
            assertArrayEquals(first, Files.readAllBytes(files().getFirst()));
        }
    }

    @Test
    void aSnapshotThatIsDamagedIsPassedOverForTheOneBeforeAndThenForFullReplay() throws LogException, IOException {
        State state;
        try (FramedLog log = FileEventLog.open(options())) {
            begin(log);
            for (int i = 0; i < 3; i++) {
                pods(log, 10 * i, 10 * i + 10);
                snapshots().write(log.head(), Replay.run(log, CODEC, State.empty()));
            }
            state = Replay.run(log, CODEC, State.empty());
        }
        assertEquals(2, files().size(), "two are kept");
        for (Path file : files().reversed()) {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
            Recovery recovery = recover(FileEventLog::open);
            recovery.log().close();
            assertEquals(state, recovery.state());
            assertTrue(recovery.replayedEvents() > 0);
        }
        Recovery full = recover(FileEventLog::open);
        full.log().close();
        assertEquals(state.sequence(), full.replayedEvents());
    }

    @Test
    void aSnapshotOfAnotherLogOrAnotherKindIsIgnored() throws LogException, IOException {
        try (FramedLog other = FileEventLog.open(LogOptions.in(directory.resolve("other")).withReserveBytes(0))) {
            begin(other);
            pods(other, 100, 120);
            snapshots().write(other.head(), Replay.run(other, CODEC, State.empty()));
        }
        try (FramedLog log = FileEventLog.open(options())) {
            begin(log);
            pods(log, 0, 40);
        }
        Recovery recovery = recover(FileEventLog::open);
        recovery.log().close();
        assertTrue(recovery.log().openedFrom().isEmpty());
        assertEquals(recovery.state().sequence(), recovery.replayedEvents());
        SnapshotStore otherKind = new SnapshotStore(directory.resolve("snapshots"), 42);
        assertTrue(otherKind.newest().isEmpty());
    }

    @Test
    void aStateIsNotTakenAtAnotherEntry() throws LogException {
        try (FramedLog log = FileEventLog.open(options())) {
            begin(log);
            assertThrows(IllegalArgumentException.class, () -> snapshots().write(log.head(), State.empty()));
        }
    }

    @Test
    void theStateAtANamedEventIsThatAtItsEntrysEnd() throws LogException {
        try (FramedLog log = FileEventLog.open(options())) {
            begin(log);
            pods(log, 1, 20);
            assertEquals(2, Replay.run(log, CODEC, State.empty(), 1).sequence());
            assertEquals(3, Replay.run(log, CODEC, State.empty(), 3).sequence());
            assertEquals(0, Replay.run(log, CODEC, State.empty(), 0).sequence());
        }
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(directory.resolve("snapshots"))) {
            return files.sorted().toList();
        }
    }
}
