package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.linux.disk.Disk;
import dev.stowbook.supervisor.log.EntryFrame;
import dev.stowbook.supervisor.log.FrameCursor;
import dev.stowbook.supervisor.log.FrameStore;
import dev.stowbook.supervisor.log.LogException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.BackgroundResourceReleaser;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.StoreFileListener;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueStore;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Frames in a Chronicle Queue, which keeps them as bytes in mapped files and nothing more: its index is not our sequence, it has no
 * checksums, its sync is not used, and it would append behind damage that its own readers stop at.
 */
final class ChronicleFrameStore implements FrameStore {
    /** A quarter of a block overlaps the next, and no frame may be longer than that. */
    static final int BLOCK_BYTES = 4 * EntryFrame.MAX_BYTES + (1 << 20);

    private static final RollCycles CYCLE = RollCycles.FAST_DAILY;
    private static final long LOCK_TIMEOUT_MILLIS = 1000;

    private final SingleChronicleQueue queue;
    private final BookFiles files;
    private final Map<Integer, Path> paths;
    private final ForwardTime time;
    private @Nullable ExcerptAppender appender;
    private int cycle = -1;
    private long lastRead = ChronicleCursor.NOTHING;
    private boolean readBack;

    private ChronicleFrameStore(SingleChronicleQueue queue, BookFiles files, Map<Integer, Path> paths, ForwardTime time) {
        this.queue = queue;
        this.files = files;
        this.paths = paths;
        this.time = time;
    }

    static ChronicleFrameStore open(Path directory, InstantSource clock, Disk disk) throws LogException {
        Map<Integer, Path> paths = new ConcurrentHashMap<>();
        ForwardTime time = new ForwardTime(clock);
        try {
            SingleChronicleQueue queue = SingleChronicleQueueBuilder.binary(directory)
                    .rollCycle(CYCLE)
                    .blockSize(BLOCK_BYTES)
                    .timeProvider(time)
                    .timeoutMS(LOCK_TIMEOUT_MILLIS)
                    .doubleBuffer(false)
                    .checkInterrupts(false)
                    .storeFileListener(listener(paths))
                    .build();
            queue.refreshDirectoryListing();
            return new ChronicleFrameStore(queue, new BookFiles(disk, directory), paths, time);
        } catch (InternalError e) {
            throw new LogException(
                    LogException.Code.DISK_FULL,
                    "a page of the files of the book in " + directory + " could not be had (" + e.getMessage()
                            + "): the file system is full, or failing. Make room there and start again",
                    e);
        } catch (Exception e) {
            // The library throws checked exceptions that it does not declare.
            throw new LogException(
                    LogException.Code.DAMAGED,
                    "the book in " + directory + " cannot be opened: " + e + ". Restore the directory from a copy",
                    e);
        }
    }

    private static StoreFileListener listener(Map<Integer, Path> paths) {
        return new StoreFileListener() {
            @Override
            public void onAcquired(int cycle, File file) {
                paths.put(cycle, file.toPath());
            }

            @Override
            public void onReleased(int cycle, File file) {
                // the descriptors that sync are our own and outlive the queue's mapping
            }
        };
    }

    @Override
    public FrameCursor first() throws LogException {
        return ChronicleCursor.first(queue);
    }

    @Override
    public FrameCursor at(long position) throws LogException {
        return ChronicleCursor.at(queue, position);
    }

    @Override
    public FrameCursor near(long sequence) throws LogException {
        if (queue.firstCycle() == Integer.MAX_VALUE) {
            return first(); // there is no file yet
        }
        try {
            return search(sequence);
        } catch (LogException e) {
            throw e;
        } catch (Exception e) {
            return first(); // the writer is making a file just now: the way round finds every frame, too
        }
    }

    private FrameCursor search(long sequence) throws LogException {
        List<Long> cycles = List.copyOf(queue.listCyclesBetween(queue.firstCycle(), queue.lastCycle()));
        int low = 0;
        int high = cycles.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (firstSequence(CYCLE.toIndex(Math.toIntExact(cycles.get(middle)), 0)) <= sequence) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return near(Math.toIntExact(cycles.get(low)), sequence);
    }

    private FrameCursor near(int inCycle, long sequence) throws LogException {
        long low = 0;
        long high = Math.max(0, count(inCycle) - 1);
        while (low < high) {
            long middle = (low + high + 1) >>> 1;
            if (firstSequence(CYCLE.toIndex(inCycle, middle)) <= sequence) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return at(CYCLE.toIndex(inCycle, low));
    }

    private long count(int inCycle) {
        try (ExcerptTailer tailer = queue.createTailer()) {
            return tailer.excerptsInCycle(inCycle);
        }
    }

    private long firstSequence(long index) throws LogException {
        try (FrameCursor cursor = at(index)) {
            return cursor.next() ? EntryFrame.check(cursor.frame(), cursor.length()).firstSequence() : Long.MAX_VALUE;
        } catch (EntryFrame.Malformed e) {
            throw new LogException(LogException.Code.DAMAGED, "index 0x" + Long.toHexString(index) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void sealed(FrameCursor end) throws EntryFrame.Malformed, LogException {
        ChronicleCursor cursor = (ChronicleCursor) end;
        try {
            requireSameEnd(cursor);
            lastRead = cursor.position();
            if (cursor.position() != ChronicleCursor.NOTHING) {
                resume(cursor);
            }
            appender = queue.createAppender();
            appender.singleThreadedCheckDisabled(true);
        } catch (EntryFrame.Malformed | LogException e) {
            throw e;
        } catch (Exception | InternalError | AssertionError e) {
            throw new EntryFrame.Malformed("the queue cannot be read to its end: " + e, e);
        }
    }

    /**
     * A reader stops in silence where a record's length is gone, while the writer goes on from the position in its file's header, or
     * from a newer file: what it writes would never be read. That the header is behind the reader is what a kill between the two leaves;
     * the writer finds the end then.
     */
    private void requireSameEnd(ChronicleCursor cursor) throws EntryFrame.Malformed {
        if (queue.firstCycle() == Integer.MAX_VALUE) {
            return; // there is no file yet
        }
        boolean read = cursor.position() != ChronicleCursor.NOTHING;
        int from = read ? CYCLE.toCycle(cursor.position()) : queue.firstCycle();
        for (long each : queue.listCyclesBetween(from, queue.lastCycle())) {
            int written = Math.toIntExact(each);
            long expected = read && written == from ? cursor.recordOffset() : 0;
            SingleChronicleQueueStore store = queue.storeForCycle(written, queue.epoch(), false, null);
            try {
                if (store.writePosition() > expected) {
                    throw new EntryFrame.Malformed("a reader comes to an end there, but the header of " + path(written)
                            + " says that its last record is at offset " + store.writePosition());
                }
            } finally {
                queue.closeStore(store);
            }
        }
    }

    /** Goes on where an earlier process ended. The file before the last is synced as well: the roll may have come just before the end. */
    private void resume(ChronicleCursor cursor) throws LogException {
        cycle = CYCLE.toCycle(cursor.position());
        List<Long> cycles = List.copyOf(queue.listCyclesBetween(queue.firstCycle(), cycle));
        for (long known : cycles.subList(Math.max(0, cycles.size() - 2), cycles.size())) {
            open(path(Math.toIntExact(known)));
        }
        files.written(cursor.endOffset());
        time.notBeforeMillis((long) cycle * CYCLE.lengthInMillis());
    }

    private void open(Path file) throws LogException {
        try {
            files.roll(file);
        } catch (IOException e) {
            throw new LogException(LogException.Code.BROKEN, "cannot open " + file + ": " + e.getMessage(), e);
        }
    }

    private Path path(int ofCycle) {
        Path path = paths.get(ofCycle);
        if (path == null) {
            path = Path.of(queue.fileAbsolutePath()).resolve(CycleFile.name(CYCLE, ofCycle));
        }
        return path;
    }

    @Override
    public void reserve(int bytes) throws LogException {
        if (queue.cycle() != cycle) {
            files.requireRoomForFile(bytes);
        }
        files.reserve(bytes);
    }

    @Override
    public long append(byte[] frame) throws IOException {
        ExcerptAppender open = appender;
        if (open == null) {
            throw new IllegalStateException("the log has not been read to its end");
        }
        long end;
        try (DocumentContext document = open.writingDocument()) {
            try {
                Bytes<?> bytes = document.wire().bytes();
                bytes.write(frame);
                end = bytes.writePosition();
            } catch (RuntimeException | InternalError e) {
                document.rollbackOnClose();
                throw e;
            }
        }
        long index = open.lastIndexAppended();
        requireReadable(index, frame);
        int written = CYCLE.toCycle(index);
        if (written != cycle) {
            files.roll(path(written));
            cycle = written;
        }
        files.written(end);
        return index;
    }

    /** The first frame after opening is read back by way of the last one before it, to be sure that the two ends are the same. */
    private void requireReadable(long index, byte[] frame) throws IOException {
        if (readBack) {
            return;
        }
        readBack = true;
        try (FrameCursor cursor = lastRead == ChronicleCursor.NOTHING ? first() : at(lastRead)) {
            boolean found = cursor.next() && (lastRead == ChronicleCursor.NOTHING || cursor.next());
            if (!found || cursor.position() != index || !Arrays.equals(cursor.frame(), 0, cursor.length(), frame, 0, frame.length)) {
                throw new IOException("a frame was written behind a place where a reader stops: " + cursor.place());
            }
        } catch (EntryFrame.Malformed | LogException e) {
            throw new IOException("the first frame written cannot be read back: " + e.getMessage(), e);
        }
    }

    @Override
    public void force() throws IOException {
        files.force();
    }

    @Override
    public void close() {
        if (appender != null) {
            appender.close();
        }
        queue.close();
        BackgroundResourceReleaser.releasePendingResources(); // or a thread unmaps the files some time later
        files.close();
    }
}
