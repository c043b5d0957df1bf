package dev.stowbook.supervisor.stats;

import java.util.ArrayList;
import java.util.List;

/**
 * What went through one link of a container, since the link was made. Received and sent are the container's point of view.
 *
 * @param name the link's name inside: {@code eth0}
 * @param receivedBytes bytes received
 * @param receivedPackets packets received
 * @param receivedErrors packets that came damaged
 * @param receivedDropped packets that were thrown away on arrival
 * @param sentBytes bytes sent
 * @param sentPackets packets sent
 * @param sentErrors packets that could not be sent
 * @param sentDropped packets that were thrown away before they were sent
 */
public record InterfaceCounters(
        String name,
        long receivedBytes,
        long receivedPackets,
        long receivedErrors,
        long receivedDropped,
        long sentBytes,
        long sentPackets,
        long sentErrors,
        long sentDropped) {
    private static final int FIELDS = 16;

    /**
     * Reads {@code /proc/<pid>/net/dev} (proc_pid_net(5)): two lines of heading, then {@code name: } and eight counters each of what was
     * received and what was sent. The loopback link is left out.
     */
    public static List<InterfaceCounters> parse(List<String> lines) {
        List<InterfaceCounters> all = new ArrayList<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            String[] fields = colon < 0 ? new String[0] : line.substring(colon + 1).strip().split("\\s+");
            if (fields.length >= FIELDS && !line.substring(0, colon).strip().equals("lo")) {
                all.add(new InterfaceCounters(
                        line.substring(0, colon).strip(),
                        Long.parseLong(fields[0]), Long.parseLong(fields[1]), Long.parseLong(fields[2]), Long.parseLong(fields[3]),
                        Long.parseLong(fields[8]), Long.parseLong(fields[9]), Long.parseLong(fields[10]), Long.parseLong(fields[11])));
            }
        }
        return List.copyOf(all);
    }
}
