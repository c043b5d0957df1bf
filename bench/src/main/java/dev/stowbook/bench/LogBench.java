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
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
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
        if (arguments[0].equals("replay")) {
            Store store = STORES.stream().filter(each -> each.name().equals(arguments[1])).findFirst().orElseThrow();
            replayTwice(store, Path.of(arguments[2]));
            return;
        }
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

    /** Each round in a JVM of its own, as a daemon that starts has it; the second figure of a round is a second time in that JVM. */
    private static void replay(Path directory, Store store, int rounds, int events) throws Exception {
        Path place = directory.resolve("replay-" + store.name());
        long[] bytes = new long[1];
        long last;
        try (FramedLog log = store.opener().open(LogOptions.in(place))) {
            new PodLife(new EventCodec(), draft -> {
                        bytes[0] += draft.events().stream().mapToLong(event -> event.data().length).sum();
                        log.append(draft);
                    })
                    .write(events, 100);
            last = log.lastSequence();
        }
        double[][] figures = new double[6][rounds];
        for (int round = 0; round < rounds; round++) {
            Process child = new ProcessBuilder(command("replay", store.name(), place.toString()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String[] words = new String(child.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip().split(" ");
            if (child.waitFor() != 0 || words.length != figures.length) {
                throw new IllegalStateException("the replay failed");
            }
            for (int i = 0; i < words.length; i++) {
                figures[i][round] = Double.parseDouble(words[i]);
            }
        }
        System.out.printf(
                "replay       %-9s  %,d events of %,d bytes on average, medians of %d JVMs: opened and checked in %.2f s, replayed into state in %.2f s"
                        + " (%.2f to %.2f; %.2f s of CPU); a second time, warm: %.2f s and %.2f s (%.2f s of CPU)%n",
                store.name(), last, bytes[0] / last, rounds, median(figures[0]), median(figures[1]), min(figures[1]), max(figures[1]),
                median(figures[2]), median(figures[3]), median(figures[4]), median(figures[5]));
        delete(place);
    }

    private static void replayTwice(Store store, Path place) throws LogException {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < 2; i++) {
            long begin = System.nanoTime();
            try (FramedLog log = store.opener().open(LogOptions.in(place))) {
                long opened = System.nanoTime();
                long cpuBefore = cpuNanos();
                State state = Replay.run(log, new EventCodec(), State.empty());
                long replayed = System.nanoTime();
                if (state.sequence() != log.lastSequence()) {
                    throw new IllegalStateException("replayed up to " + state.sequence() + " of " + log.lastSequence());
                }
                out.append((opened - begin) / 1e9).append(' ').append((replayed - opened) / 1e9).append(' ');
                out.append((cpuNanos() - cpuBefore) / 1e9).append(' ');
            }
        }
        System.out.println(out);
    }

    /** Of the whole process, its compiler included: says more than the clock on a host that others use. */
    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LogBench.class.getName()));
        command.addAll(List.of(arguments));
        return command;
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
