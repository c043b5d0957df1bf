package dev.stowbook.supervisor.log.snapshot;

import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Reads entries on one thread and decodes them on another, ahead of the caller, who applies them: a long replay keeps two
 * processors busy. Ends at an entry's end.
 */
final class DecodedAhead implements AutoCloseable {
    private static final int BATCH_ENTRIES = 256;
    private static final int BATCHES = 16;

    /** Some events, or the end, or what went wrong. */
    private sealed interface Batch {
        record Entries(List<Entry> entries) implements Batch {}

        record Events(List<Recorded> events) implements Batch {}

        record End() implements Batch {}

        record Failed(Exception cause) implements Batch {}
    }

    private final BlockingQueue<Batch> read = new ArrayBlockingQueue<>(BATCHES);
    private final BlockingQueue<Batch> decoded = new ArrayBlockingQueue<>(BATCHES);
    private final Thread reading;
    private final Thread decoding;

    DecodedAhead(EntryReader reader, EventFormat format, long upTo) {
        reading = Thread.ofPlatform().daemon().name("replay-read").start(() -> pump(read, () -> readAll(reader, upTo)));
        decoding = Thread.ofPlatform().daemon().name("replay-decode").start(() -> pump(decoded, () -> decodeAll(format)));
    }

    /** Puts batches where the next thread takes them. */
    @FunctionalInterface
    private interface Work {
        void run() throws LogException, InterruptedException;
    }

    private static void pump(BlockingQueue<Batch> into, Work work) {
        try {
            work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed: nobody takes any more
        } catch (LogException | RuntimeException e) {
            putUnlessClosed(into, new Batch.Failed(e));
        }
    }

    private static void putUnlessClosed(BlockingQueue<Batch> into, Batch batch) {
        try {
            into.put(batch);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll(EntryReader reader, long upTo) throws LogException, InterruptedException {
        long last = 0;
        List<Entry> entries = new ArrayList<>(BATCH_ENTRIES);
        Optional<Entry> next = reader.next();
        while (next.isPresent()) {
            entries.add(next.get());
            last = next.get().lastSequence();
            if (entries.size() == BATCH_ENTRIES) {
                read.put(new Batch.Entries(entries));
                entries = new ArrayList<>(BATCH_ENTRIES);
            }
            next = last < upTo ? reader.next() : Optional.empty();
        }
        read.put(new Batch.Entries(entries));
        read.put(new Batch.End());
    }

    private void decodeAll(EventFormat format) throws LogException, InterruptedException {
        while (true) {
            switch (read.take()) {
                case Batch.Entries(List<Entry> entries) -> decoded.put(new Batch.Events(decode(entries, format)));
                case Batch.Events events -> throw new IllegalStateException("events come out of here, not in");
                case Batch.End end -> {
                    decoded.put(end);
                    return;
                }
                case Batch.Failed failed -> {
                    decoded.put(failed);
                    return;
                }
            }
        }
    }

    static List<Recorded> decode(List<Entry> entries, EventFormat format) throws LogException {
        List<Recorded> events = new ArrayList<>(entries.size() * 2);
        for (Entry entry : entries) {
            long sequence = entry.firstSequence();
            for (EventRecord stored : entry.events()) {
                events.add(new Recorded(sequence++, entry.time(), format.decode(stored)));
            }
        }
        return events;
    }

    /** The next events, in order; empty at the end. */
    Optional<List<Recorded>> next() throws LogException {
        try {
            return switch (decoded.take()) {
                case Batch.Events(List<Recorded> events) -> Optional.of(events);
                case Batch.Entries entries -> throw new IllegalStateException("entries are decoded before they come here");
                case Batch.End end -> Optional.empty();
                case Batch.Failed(LogException cause) -> throw cause;
                case Batch.Failed(Exception cause) -> throw new IllegalStateException("reading ahead failed", cause);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogException(LogException.Code.BROKEN, "the replay was interrupted", e);
        }
    }

    /** Ends both threads, so that the reader is the caller's again. */
    @Override
    public void close() {
        reading.interrupt();
        decoding.interrupt();
        boolean interrupted = false;
        for (Thread thread : List.of(reading, decoding)) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
