package dev.stowbook.supervisor.log.chronicle;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;

/** How the queue names the file of a cycle. */
final class CycleFile {
    private CycleFile() {}

    static String name(RollCycle cycles, int cycle) {
        Instant begin = Instant.ofEpochMilli((long) cycle * cycles.lengthInMillis());
        return DateTimeFormatter.ofPattern(cycles.format(), Locale.ROOT).withZone(ZoneOffset.UTC).format(begin)
                + SingleChronicleQueue.SUFFIX;
    }
}
