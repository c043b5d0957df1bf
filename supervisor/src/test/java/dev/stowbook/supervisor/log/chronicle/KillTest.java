package dev.stowbook.supervisor.log.chronicle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.log.Drafts;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.LogReport;
import dev.stowbook.supervisor.log.LogVerifier;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that appends is killed at random moments; nothing that it acknowledged may be lost. */
class KillTest {
    @TempDir
    Path directory;

    @Test
    void noAcknowledgedEntryIsLostWhenTheWriterIsKilled() throws Exception {
        int rounds = System.getProperty("stowbook.tests", "reduced").equals("all") ? 50 : 5;
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("KillTest: " + rounds + " rounds, seed " + seed);
        Random random = new Random(seed);
        Path log = directory.resolve("log");
        long before = 0;
        for (int round = 0; round < rounds; round++) {
            Path acks = directory.resolve("acks" + round);
            long acknowledged = killWhileAppending(log, acks, random.nextInt(300));
            try (FramedLog opened = ChronicleEventLog.open(LogOptions.in(log).withReserveBytes(0))) {
                String where = "round " + round + ", seed " + seed;
                assertTrue(acknowledged > before, where + ": nothing was appended");
                assertTrue(opened.lastSequence() >= acknowledged, where + ": " + acknowledged + " was acknowledged, the log ends at " + opened.lastSequence());
                LogReport report = LogVerifier.verify(opened);
                assertTrue(report.good(), () -> where + ": " + report.problem().orElseThrow());
                assertEquals(opened.lastSequence(), report.events(), where);
                Drafts.append(opened, 1);
                before = opened.lastSequence();
            }
        }
    }

    private static long killWhileAppending(Path log, Path acks, int millis) throws IOException, InterruptedException {
        try (FileChannel channel = FileChannel.open(acks, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer ack = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8);
            Process writer = ChildJvm.start(AcknowledgingWriter.class, log.toString(), acks.toString());
            try {
                assertEquals("appending", writer.inputReader().readLine());
                Thread.sleep(millis);
            } finally {
                writer.destroyForcibly().waitFor();
            }
            return ack.getLong(0);
        }
    }
}
