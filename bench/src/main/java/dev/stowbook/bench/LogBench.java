package dev.stowbook.bench;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.log.EntryDraft;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.chronicle.ChronicleEventLog;
import dev.stowbook.supervisor.log.codec.EventCodec;
import dev.stowbook.supervisor.log.file.FileEventLog;
import dev.stowbook.supervisor.log.snapshot.Recovery;
import dev.stowbook.supervisor.log.snapshot.Replay;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Measures the book: durable appends a second, and replay into state. */
public final class LogBench {
    private static final int PAYLOAD_BYTES = 500;

    private record Store(String name, Recovery.Opener opener) {}

    private static final List<Store> STORES =
            List.of(new Store("chronicle", ChronicleEventLog::open), new Store("file", FileEventLog::open));

    private LogBench() {}

    /** Arguments: a directory to write in, rounds, events per append round, events to replay. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(arguments[0]), "stowbook-bench-log");
        int rounds = Integer.parseInt(arguments[1]);
        int appended = Integer.parseInt(arguments[2]);
        int replayed = Integer.parseInt(arguments[3]);
        try {
            for (Store store : STORES) {
                append(directory, store, rounds, appended);
            }
            for (Store store : STORES) {
                replay(directory, store, rounds, replayed);
            }
        } finally {
            delete(directory);
        }
    }

    /** One thread appends as fast as it can, another syncs what has come meanwhile, again and again. */
    private static void append(Path directory, Store store, int rounds, int events) throws Exception {
        double[] rates = new double[rounds];
        double[] groups = new double[rounds];
        double[] syncMicros = new double[rounds];
        for (int round = 0; round <= rounds; round++) {
            Path place = directory.resolve("append-" + store.name() + round);
            try (FramedLog log = store.opener().open(LogOptions.in(place))) {
                long[] syncs = new long[1];
                long begin = System.nanoTime();
                Thread syncer = Thread.ofPlatform().start(() -> syncs[0] = syncUntil(log, events));
                appendAll(log, events);
                syncer.join();
                double seconds = (System.nanoTime() - begin) / 1e9;
                if (round > 0) { // the first warms up
                    rates[round - 1] = events / seconds;
                    groups[round - 1] = (double) events / syncs[0];
                    syncMicros[round - 1] = seconds * 1e6 / syncs[0];
                }
            }
            delete(place);
        }
        System.out.printf(
                "append+sync  %-9s  %,d events of %d bytes: %,.0f events/s durable (median of %d; %,.0f to %,.0f), groups of %,.0f, %,.0f us a sync%n",
                store.name(), events, PAYLOAD_BYTES, median(rates), rounds, min(rates), max(rates), median(groups), median(syncMicros));
    }

    private static void appendAll(FramedLog log, int events) throws LogException {
        byte[] data = new byte[PAYLOAD_BYTES];
        Arrays.fill(data, (byte) 'x');
        Cause cause = new Cause("CompleteStep", 1, "00000000000000aa");
        Actor actor = Actor.daemon("execute");
        Instant start = Instant.parse("2026-11-21T10:00:00Z");
        for (int i = 1; i <= events; i++) {
            log.append(new EntryDraft(i, start.plusNanos(i), cause, actor, List.of(new EventRecord("ProcessStarted", 1, data))));
        }
    }

    private static long syncUntil(FramedLog log, int events) {
        long syncs = 0;
        try {
            while (log.durableSequence() < events) {
                if (log.lastSequence() > log.durableSequence()) {
                    log.sync();
                    syncs++;
                } else {
                    Thread.onSpinWait();
                }
            }
            return syncs;
        } catch (LogException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void replay(Path directory, Store store, int rounds, int events) throws Exception {
        Path place = directory.resolve("replay-" + store.name());
        EventCodec codec = new EventCodec();
        long bytes = 0;
        try (FramedLog log = store.opener().open(LogOptions.in(place))) {
            for (EntryDraft draft : new PodLife(codec).entries(events, 100)) {
                bytes += draft.events().stream().mapToLong(event -> event.data().length).sum();
                log.append(draft);
            }
        }
        double[] opens = new double[rounds];
        double[] replays = new double[rounds];
        long sequence = 0;
        for (int round = 0; round < rounds; round++) {
            long begin = System.nanoTime();
            try (FramedLog log = store.opener().open(LogOptions.in(place))) {
                long opened = System.nanoTime();
                State state = Replay.run(log, codec, State.empty());
                replays[round] = (System.nanoTime() - opened) / 1e9;
                opens[round] = (opened - begin) / 1e9;
                sequence = state.sequence();
            }
        }
        System.out.printf(
                "replay       %-9s  %,d events of %,d bytes on average: checked at opening in %.2f s, replayed into state in %.2f s (medians of %d;"
                        + " first round, JVM cold: %.2f s and %.2f s)%n",
                store.name(), sequence, bytes / sequence, median(opens), median(replays), rounds, opens[0], replays[0]);
        delete(place);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double min(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    private static double max(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
