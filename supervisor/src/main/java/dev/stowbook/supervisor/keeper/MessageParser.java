package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.supervisor.keeper.Wire.Fields;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** Frames of a keeper as messages. */
final class MessageParser {
    static final List<String> NAMESPACES = List.of("pid", "mnt", "cgroup", "net", "ipc", "uts", "user");

    /** The newest version of the control protocol; every older one is understood too. */
    private static final int VERSION = 1;

    private MessageParser() {}

    static Optional<KeeperMessage> parse(int type, int stream, byte[] payload) {
        if (type == 6) {
            return Optional.of(new KeeperMessage.Output(stream, payload));
        }
        Fields fields = Fields.parse(payload);
        return Optional.ofNullable(
                switch (type) {
                    case 1 -> hello(fields);
                    case 2 -> started(fields);
                    case 3 ->
                        new KeeperMessage.StartFailed(
                                fields.text(1), (int) fields.number(2), fields.text(3), fields.text(4), (int) fields.number(5));
                    case 4 -> exited(fields);
                    case 5 -> new KeeperMessage.OutputDropped(fields.number(1), (int) fields.number(2));
                    case 7 -> new KeeperMessage.Lagged(fields.number(1), fields.number(2), fields.number(3));
                    case 8 -> new KeeperMessage.Pong();
                    case 9 -> result(fields);
                    case 10 -> new KeeperMessage.Held();
                    default -> null;
                });
    }

    private static KeeperMessage hello(Fields fields) {
        if (fields.number(1) != VERSION) {
            throw new ProtocolException("the keeper of " + fields.text(5) + " speaks version " + fields.number(1)
                    + " of the protocol, this daemon versions up to " + VERSION + ": run the daemon that started it, or a newer one");
        }
        ProcessIdentity keeper = new ProcessIdentity((int) fields.number(2), fields.number(3), fields.text(4));
        return new KeeperMessage.Hello((int) fields.number(1), keeper, fields.text(5), (int) fields.number(6));
    }

    private static KeeperMessage result(Fields fields) {
        long inode = fields.number(3);
        return new KeeperMessage.Result(
                fields.number(1),
                (int) fields.number(2),
                inode == 0 ? Optional.empty() : Optional.of(new KeeperMessage.LogPlace(inode, fields.number(4))));
    }

    private static KeeperMessage started(Fields fields) {
        SortedMap<String, Long> inodes = new TreeMap<>();
        for (int i = 0; i < NAMESPACES.size(); i++) {
            inodes.put(NAMESPACES.get(i), fields.number(3 + i));
        }
        List<KeeperMessage.Clamp> clamps = fields.all(10).stream()
                .map(Wire.Field::fields)
                .map(f -> new KeeperMessage.Clamp((int) f.number(1), f.number(2), f.number(3), f.number(4), f.number(5)))
                .toList();
        SortedMap<String, Duration> steps = new TreeMap<>();
        fields.all(11).stream().map(Wire.Field::fields).forEach(f -> steps.put(f.text(1), Duration.ofNanos(f.number(2))));
        ProcessIdentity process = new ProcessIdentity(
                (int) fields.number(1), fields.number(2), ProcessIdentity.currentBootId());
        return new KeeperMessage.Started(process, (int) fields.number(12), inodes, clamps, steps);
    }

    private static KeeperMessage exited(Fields fields) {
        int signal = (int) fields.number(2);
        return new KeeperMessage.Exited(
                (int) fields.number(1),
                signal == 0 ? OptionalInt.empty() : OptionalInt.of(signal),
                instant(fields.number(3)),
                Duration.ofNanos(fields.number(4)),
                fields.number(5));
    }

    static Instant instant(long nanos) {
        return Instant.ofEpochSecond(nanos / 1_000_000_000, nanos % 1_000_000_000);
    }
}
