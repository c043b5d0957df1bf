package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogRepair;
import dev.stowbook.supervisor.log.LogReport;
import dev.stowbook.supervisor.log.LogVerifier;
import dev.stowbook.supervisor.log.chronicle.ChronicleEventLog;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code stowbook log verify} and {@code stowbook log truncate}: for a book that no daemon can open. */
public final class OfflineBook {
    private OfflineBook() {}

    /** {@code verify|truncate --root DIR [--at N]}; ends the process with 1 if that fails or the book is damaged. */
    public static void main(String... args) {
        try {
            String verb = args[0];
            Path root = Path.of("/var/lib/stowbook");
            String at = "";
            for (int i = 1; i + 1 < args.length; i += 2) {
                switch (args[i]) {
                    case "--root" -> root = Path.of(args[i + 1]).toAbsolutePath().normalize();
                    case "--at" -> at = args[i + 1];
                    default -> throw new BootException("log " + verb + ": unknown option " + args[i] + ".");
                }
            }
            Path log = root.resolve("log");
            if (!Files.isDirectory(log)) {
                throw new BootException("there is no book below " + root + ": name its root directory with --root DIR.");
            }
            System.out.println(verb.equals("verify") ? verify(log) : truncate(log, at));
        } catch (BootException | LogException e) {
            System.err.println("stowbook: " + e.getMessage());
            System.exit(1);
        }
    }

    private static String verify(Path log) throws BootException, LogException {
        LogReport report = LogVerifier.verify(log, ChronicleEventLog.store());
        if (!report.good()) {
            throw new BootException(report.events() + " events are good; " + report.problem().orElseThrow());
        }
        return "The book is whole: " + report.entries() + " entries with " + report.events() + " events.";
    }

    private static String truncate(Path log, String at) throws BootException, LogException {
        long last;
        try {
            last = Long.parseLong(at);
        } catch (NumberFormatException e) {
            throw new BootException("log truncate needs --at N, the last event to keep; log verify says which is the last good one.", e);
        }
        Path aside = LogRepair.truncate(log, ChronicleEventLog.store(), last);
        return "The book ends with event " + last + " now; the files as they were are in " + aside + ".";
    }
}
