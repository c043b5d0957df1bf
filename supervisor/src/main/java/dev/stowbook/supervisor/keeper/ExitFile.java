package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a keeper left in its state directory when its process ended. Kept until the daemon has made the exit durable.
 *
 * @param containerId of the plan
 * @param generation of the plan: another one's file is an old one
 * @param bootId the boot it happened in
 * @param code exit code, 128 + signal if a signal ended it
 * @param signal that ended it
 * @param at wall clock
 * @param sinceBoot clock since boot
 * @param process the process; pid 0 if it was never there
 * @param insidePid its id in its own pid namespace
 * @param keeper the keeper that wrote this
 * @param namespaceInodes of the process, by kind
 * @param droppedBytes output that could not be written to the log
 * @param startFailure set if the process was never executed
 */
public record ExitFile(
        String containerId,
        int generation,
        String bootId,
        int code,
        OptionalInt signal,
        Instant at,
        Duration sinceBoot,
        ProcessIdentity process,
        int insidePid,
        ProcessIdentity keeper,
        SortedMap<String, Long> namespaceInodes,
        long droppedBytes,
        Optional<KeeperMessage.StartFailed> startFailure) {

    /** Its name in the state directory. */
    public static final String NAME = "exit";

    /**
     * Reads it.
     *
     * @return empty if there is none (yet)
     * @throws IOException if it is there and can't be understood
     */
    public static Optional<ExitFile> read(Path stateDirectory) throws IOException {
        Path file = stateDirectory.resolve(NAME);
        try {
            return Optional.of(parse(Files.readString(file)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (RuntimeException e) {
            throw new IOException(file + " is not an exit file: " + e.getMessage(), e);
        }
    }

    static ExitFile parse(String text) {
        Map<String, String> lines = new HashMap<>();
        for (String line : text.split("\n")) {
            int equals = line.indexOf('=');
            lines.put(line.substring(0, equals), line.substring(equals + 1));
        }
        Optional<KeeperMessage.StartFailed> failure = Optional.ofNullable(lines.get("failed-step"))
                .map(step -> new KeeperMessage.StartFailed(
                        step,
                        (int) number(lines, "errno"),
                        lines.getOrDefault("path", ""),
                        lines.getOrDefault("sentence", ""),
                        (int) number(lines, "code")));
        return new ExitFile(
                lines.getOrDefault("container", ""),
                (int) number(lines, "generation"),
                lines.getOrDefault("boot-id", ""),
                (int) number(lines, "code"),
                lines.containsKey("signal") ? OptionalInt.of((int) number(lines, "signal")) : OptionalInt.empty(),
                MessageParser.instant(number(lines, "wall-nanos")),
                Duration.ofNanos(number(lines, "boot-nanos")),
                identity(lines, "pid", "start-ticks"),
                (int) number(lines, "inside-pid"),
                identity(lines, "keeper-pid", "keeper-start-ticks"),
                namespaces(lines),
                number(lines, "dropped-bytes"),
                failure);
    }

    private static ProcessIdentity identity(Map<String, String> lines, String pid, String ticks) {
        return new ProcessIdentity((int) number(lines, pid), number(lines, ticks), lines.getOrDefault("boot-id", ""));
    }

    private static SortedMap<String, Long> namespaces(Map<String, String> lines) {
        SortedMap<String, Long> inodes = new TreeMap<>();
        for (String kind : MessageParser.NAMESPACES) {
            inodes.put(kind, number(lines, "ns-" + kind));
        }
        return inodes;
    }

    private static long number(Map<String, String> lines, String key) {
        String value = lines.get(key);
        if (value == null) {
            throw new IllegalArgumentException("the line `" + key + "=` is missing");
        }
        return Long.parseLong(value);
    }
}
