package dev.stowbook.supervisor.log.chronicle;

import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

/** Begins a record with the bare library and never ends it: its lock stays in the metadata, with the id of a living process. */
final class RawLockHolder {
    private RawLockHolder() {}

    public static void main(String[] arguments) throws Exception {
        long millis = Long.parseLong(arguments[1]);
        SingleChronicleQueue queue = SingleChronicleQueueBuilder.binary(arguments[0])
                .rollCycle(RollCycles.FAST_DAILY)
                .blockSize(ChronicleFrameStore.BLOCK_BYTES)
                .timeProvider(() -> millis)
                .build();
        var document = queue.createAppender().writingDocument();
        document.wire().bytes().write(new byte[100]);
        System.out.println("locked");
        Thread.sleep(600_000);
        document.close();
    }
}
