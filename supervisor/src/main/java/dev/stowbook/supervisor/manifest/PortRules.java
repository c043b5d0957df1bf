package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.PortSpec.Protocol;
import dev.stowbook.supervisor.model.PublishedPort;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the field table cannot say of ports: ranges that make no sense, ports of the host that are wanted twice. */
final class PortRules {
    private static final int LAST = 65_535;

    private final Problems problems;
    private final Map<PublishedPort, Place> published = new LinkedHashMap<>();

    PortRules(Problems problems) {
        this.problems = problems;
    }

    /** Looks at a pod; called for each of a file in order. */
    void pod(Value.Fields spec) {
        long count = 0;
        for (Value.Fields container : spec.objects("containers")) {
            container.objects("ports").forEach(port -> publish(port, 1));
            List<Value.Fields> ranges = container.fields("stowbook").objects("portRanges");
            for (Value.Fields range : ranges) {
                count += range(range);
            }
            if (count > PortTable.MOST_PUBLISHED) {
                Value.Fields last = ranges.getLast();
                problems.add(last.placeOf("endPort"), last.pathOf("endPort"), "makes " + count + " ports in ranges; a pod publishes at most "
                        + PortTable.MOST_PUBLISHED + " so: give each program the ports it needs, or use hostNetwork.");
                return;
            }
        }
    }

    /** Answers how many ports a range has. */
    private long range(Value.Fields range) {
        long first = range.whole("containerPort").orElse(0L);
        long last = range.whole("endPort").orElse(0L);
        long hostPort = range.whole("hostPort").orElse(0L);
        if (first == 0 || last == 0 || hostPort == 0) {
            return 0; // told of already
        }
        long count = last - first + 1;
        if (count < 1) {
            problems.add(range.placeOf("endPort"), range.pathOf("endPort"), "is before containerPort " + first + ": the last port comes last.");
            return 0;
        }
        if (hostPort + count - 1 > LAST) {
            problems.add(range.placeOf("hostPort"), range.pathOf("hostPort"), "leaves too few ports of the host: " + count + " from " + hostPort
                    + " on end behind " + LAST + "; begin at " + (LAST - count + 1) + " at the latest.");
            return 0;
        }
        publish(range, (int) count);
        return count;
    }

    private void publish(Value.Fields port, int count) {
        long hostPort = port.whole("hostPort").orElse(0L);
        if (hostPort == 0) {
            if (port.text("hostIP").isPresent() && !port.values().containsKey("hostPort")) {
                problems.add(port.placeOf("hostIP"), port.pathOf("hostIP"), "says where to publish, but hostPort is missing: add it, or take hostIP out.");
            }
            return;
        }
        Protocol protocol = port.text("protocol").orElse("TCP").equals("UDP") ? Protocol.UDP : Protocol.TCP;
        PublishedPort wanted = new PublishedPort(
                port.text("hostIP").orElse("127.0.0.1"), (int) hostPort, port.whole("containerPort").orElse(0L).intValue(), count, protocol);
        for (Map.Entry<PublishedPort, Place> entry : published.entrySet()) {
            if (wanted.clashesWith(entry.getKey())) {
                problems.add(port.placeOf("hostPort"), port.pathOf("hostPort"), "the host's port " + common(wanted, entry.getKey()) + " is taken on line "
                        + entry.getValue().line() + ": choose another.");
                return;
            }
        }
        published.put(wanted, port.placeOf("hostPort"));
    }

    /** What both have, such as {@code 7005-7010/UDP}. */
    private static String common(PublishedPort one, PublishedPort other) {
        int first = Math.max(one.hostPort(), other.hostPort());
        int last = Math.min(one.lastHostPort(), other.lastHostPort());
        return first + (first == last ? "" : "-" + last) + "/" + one.protocol();
    }
}
