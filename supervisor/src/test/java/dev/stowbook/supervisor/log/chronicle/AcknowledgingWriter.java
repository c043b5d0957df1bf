package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.supervisor.log.Drafts;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Appends for ever, syncs beside it, and writes every sequence that it has appended to a mapped file, which outlives it. */
final class AcknowledgingWriter {
    private AcknowledgingWriter() {}

    public static void main(String[] arguments) throws Exception {
        try (FramedLog log = ChronicleEventLog.open(LogOptions.in(Path.of(arguments[0])).withReserveBytes(0));
                FileChannel acks = FileChannel.open(Path.of(arguments[1]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer ack = acks.map(FileChannel.MapMode.READ_WRITE, 0, 8);
            Thread.ofPlatform().daemon().start(() -> syncForEver(log));
            for (long i = 0; ; i++) {
                Drafts.append(log, 1);
                ack.putLong(0, log.lastSequence());
                if (i == 0) {
                    System.out.println("appending");
                }
            }
        }
    }

    private static void syncForEver(FramedLog log) {
        try {
            while (true) {
                log.sync();
            }
        } catch (LogException e) {
            throw new IllegalStateException(e);
        }
    }
}
