package dev.stowbook.supervisor.manifest;

import static dev.stowbook.supervisor.manifest.Shape.Field.may;
import static dev.stowbook.supervisor.manifest.Shape.Field.must;

import dev.stowbook.supervisor.manifest.Shape.Field;
import dev.stowbook.supervisor.manifest.Shape.Fields;
import dev.stowbook.supervisor.manifest.Shape.Items;
import dev.stowbook.supervisor.manifest.Shape.Text;
import dev.stowbook.supervisor.manifest.Shape.Whole;
import dev.stowbook.supervisor.manifest.Shape.Word;
import java.util.List;

/** The part of the field table ({@link PodTable}) about ports. {@code endPort} is the name that Kubernetes' NetworkPolicy has for it. */
final class PortTable {
    /** Each is a socket of its port holder and an element of the kernel's map. */
    static final int MOST_PUBLISHED = 4096;

    private static final Field HOST_ADDRESS =
            may("hostIP", new Text(Rule.HOST_ADDRESS), "The host's address to publish on, of IPv4 or IPv6; 127.0.0.1 by default.");
    private static final Field PROTOCOL = may("protocol", new Word(List.of("TCP", "UDP"), Notes.of("SCTP", "")), "TCP by default.");

    /** An item of {@code spec.containers[].ports}. */
    static final Fields PORT = new Fields(
            List.of(
                    must("containerPort", new Whole(1, 65535), "The port the container listens on."),
                    may("hostPort", new Whole(1, 65535), "The host's port that leads to it; not published by default."),
                    HOST_ADDRESS,
                    may("name", new Text(Rule.PORT_NAME), "What it is called; each name once in a pod."),
                    PROTOCOL),
            Notes.of());

    private static final Fields RANGE = new Fields(
            List.of(
                    must("containerPort", new Whole(1, 65535), "The first port the container listens on."),
                    must("endPort", new Whole(1, 65535), "The last one."),
                    must("hostPort", new Whole(1, 65535), "The host's port that leads to the first; the next leads to the next."),
                    HOST_ADDRESS,
                    PROTOCOL),
            Notes.of());

    /** Of a container's mapping {@code stowbook}. */
    static final List<Field> RANGES = List.of(may("portRanges", new Items(RANGE, 0, 64),
            "Ports that follow one another and are published, at most " + MOST_PUBLISHED + " in a pod."));

    private PortTable() {}
}
