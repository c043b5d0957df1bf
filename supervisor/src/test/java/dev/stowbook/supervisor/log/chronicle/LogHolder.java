package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.supervisor.log.LogOptions;
import java.nio.file.Path;

/** Opens a log and keeps it until it is killed. */
final class LogHolder {
    private LogHolder() {}

    public static void main(String[] arguments) throws Exception {
        try (var log = ChronicleEventLog.open(LogOptions.in(Path.of(arguments[0])).withReserveBytes(0))) {
            System.out.println("open");
            Thread.sleep(600_000);
        }
    }
}
