package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.manifest.Shape.Field;
import dev.stowbook.supervisor.manifest.Shape.Fields;
import dev.stowbook.supervisor.manifest.Shape.Items;
import dev.stowbook.supervisor.manifest.Shape.Pairs;
import dev.stowbook.supervisor.manifest.Shape.Text;
import dev.stowbook.supervisor.manifest.Shape.Truth;
import dev.stowbook.supervisor.manifest.Shape.Whole;
import dev.stowbook.supervisor.manifest.Shape.Word;
import dev.stowbook.supervisor.model.AttachmentSpec;
import java.util.List;
import java.util.TreeMap;

/** The field table of {@code stowbook.dev/v1 Network}, and the parts of the pod's that are about networks. */
final class NetworkTable {
    static final String KIND = "Network";

    private static final Items NAMES = new Items(new Text(Rule.LABEL), 0, 32);

    private static final Fields ATTACHMENT = fields(
            must("name", new Text(Rule.LABEL), "The network."),
            may("address", new Text(Rule.ADDRESS), "The IPv4 address to have there; the next free one by default."),
            may("address6", new Text(Rule.ADDRESS6), "The IPv6 address; the next free one by default."),
            may("aliases", NAMES, "Further names that it answers to there."),
            may("mac", new Text(Rule.MAC), "The hardware address of its link; one derived from its address by default."),
            may("gatewayPriority", new Whole(0, AttachmentSpec.HIGHEST_PRIORITY), "The network with the highest takes its default route; 0 by default."));

    static final Field NETWORKS = may("networks", new Items(ATTACHMENT, 1, 16),
            "The networks it is on; `default` by default. Of those that lead out, the one with the highest gatewayPriority, else the first, takes its default route and its published ports.");

    static final Field NETWORK_MODE = may("network", new Text(Rule.NETWORK_MODE),
            "`none`: nothing but loopback. `pod:NAME`: the network of another pod, which must run.");

    static final Field HOST_NETWORK = may("hostNetwork", new Truth(),
            "Whether it lives in the host's network; false by default. A hostPort must then be the containerPort.");

    static final Field HOST_ALIASES = may("hostAliases",
            new Items(fields(
                    must("ip", new Text(Rule.ANY_ADDRESS), "The address."),
                    must("hostnames", new Items(new Text(Rule.DOMAIN_NAME), 1, 64), "What it is called.")), 0, 256),
            "Lines added to /etc/hosts.");

    static final Field DNS_POLICY = may("dnsPolicy",
            new Word(List.of("ClusterFirst", "Default", "None"), new TreeMap<>(java.util.Map.of(
                    "ClusterFirstWithHostNet", "a pod in the host's network uses the host's name servers"))),
            "Whose name servers it asks: `ClusterFirst`, the default, its network's; `Default` the host's; `None` those of dnsConfig alone.");

    static final Field DNS_CONFIG = may("dnsConfig",
            fields(
                    may("nameservers", new Items(new Text(Rule.ANY_ADDRESS), 0, 3), "Name servers, after those of dnsPolicy."),
                    may("searches", new Items(new Text(Rule.DOMAIN_NAME), 0, 32), "Domains to search."),
                    may("options", new Items(fields(
                            must("name", new Text(Rule.RESOLVER_OPTION), "Such as `ndots`."),
                            may("value", new Text(Rule.RESOLVER_OPTION), "Such as `\"2\"`.")), 0, 32), "Options of resolv.conf.")),
            "What else its /etc/resolv.conf says.");

    /** The whole document. */
    static final Fields NETWORK = fields(
            must("apiVersion", new Word(List.of("stowbook.dev/v1"), new TreeMap<>()), "Always `stowbook.dev/v1`."),
            must("kind", new Word(List.of(KIND), new TreeMap<>()), "Always `Network`."),
            must("metadata", fields(
                    must("name", new Text(Rule.LABEL), "Unique among networks."),
                    may("labels", new Pairs(Rule.LABEL_KEY, Rule.LABEL_VALUE, 256), "The user's own marks.")), "Which it is."),
            may("spec", fields(
                    may("subnets", new Items(fields(
                            must("subnet", new Text(Rule.SUBNET), "In CIDR form, such as `10.90.0.0/24` or `fd00:90::/64`."),
                            may("gateway", new Text(Rule.ANY_ADDRESS), "The host's address in it; the first by default.")), 1, 2),
                            "At most one of IPv4 and one of IPv6; a free IPv4 subnet by default."),
                    may("ipv6", new Truth(), "Whether it gets an IPv6 subnet if none is named; false by default."),
                    may("internal", new Truth(), "Whether its pods are kept from reaching anything outside; false by default."),
                    may("isolated", new Truth(),
                            "Whether pods of other networks are kept from reaching its pods; true by default. Two networks with false reach each other."),
                    may("mtu", new Whole(68, 65_535), "Largest packet in bytes; 1500 by default.")), "What it is like."));

    private NetworkTable() {}

    private static Fields fields(Field... fields) {
        return new Fields(List.of(fields), new TreeMap<>());
    }

    private static Field must(String name, Shape shape, String meaning) {
        return new Field(name, shape, true, meaning);
    }

    private static Field may(String name, Shape shape, String meaning) {
        return new Field(name, shape, false, meaning);
    }
}
