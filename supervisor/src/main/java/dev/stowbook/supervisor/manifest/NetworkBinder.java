package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.DnsSpec;
import dev.stowbook.supervisor.model.HostAlias;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Checked values about networks to records. */
final class NetworkBinder {
    private static final String SHARED = "pod:";

    private NetworkBinder() {}

    /** What a pod's spec says about the network. */
    static NetworkingSpec pod(Value.Fields spec) {
        Value.Fields own = spec.fields("stowbook");
        String word = own.text("network").orElse("");
        NetworkMode mode = spec.truth("hostNetwork").orElse(false)
                ? NetworkMode.HOST
                : word.equals("none") ? NetworkMode.NONE : word.startsWith(SHARED) ? NetworkMode.SHARED : NetworkMode.NETWORKS;
        return new NetworkingSpec(
                mode,
                mode == NetworkMode.SHARED ? Optional.of(word.substring(SHARED.length())) : Optional.empty(),
                own.objects("networks").stream().map(NetworkBinder::attachment).toList(),
                spec.objects("hostAliases").stream()
                        .map(alias -> new HostAlias(alias.text("ip").orElseThrow(), texts(alias, "hostnames")))
                        .toList(),
                dns(spec));
    }

    private static AttachmentSpec attachment(Value.Fields network) {
        return new AttachmentSpec(
                network.text("name").orElseThrow(),
                network.text("address"),
                network.text("address6"),
                texts(network, "aliases"),
                network.text("mac").map(mac -> mac.toLowerCase(java.util.Locale.ROOT)),
                network.whole("gatewayPriority").orElse(0L).intValue());
    }

    private static DnsSpec dns(Value.Fields spec) {
        Value.Fields config = spec.fields("dnsConfig");
        DnsSpec.Policy policy =
                switch (spec.text("dnsPolicy").orElse("ClusterFirst")) {
                    case "Default" -> DnsSpec.Policy.HOST;
                    case "None" -> DnsSpec.Policy.NONE;
                    default -> DnsSpec.Policy.NETWORK;
                };
        return new DnsSpec(
                policy,
                texts(config, "nameservers"),
                texts(config, "searches"),
                config.objects("options").stream()
                        .map(option -> option.text("name").orElseThrow()
                                + option.text("value").map(value -> ":" + value).orElse(""))
                        .toList());
    }

    /** A document of kind Network. */
    static NetworkSpec network(Value.Fields document) {
        Value.Fields metadata = document.fields("metadata");
        Value.Fields spec = document.fields("spec");
        return new NetworkSpec(
                metadata.text("name").orElseThrow(),
                spec.objects("subnets").stream()
                        .map(each -> new NetworkSpec.Asked(each.text("subnet").orElseThrow(), each.text("gateway")))
                        .toList(),
                spec.truth("ipv6").orElse(false),
                spec.truth("internal").orElse(false),
                spec.truth("isolated").orElse(true),
                spec.whole("mtu").isPresent() ? OptionalInt.of(spec.whole("mtu").get().intValue()) : OptionalInt.empty(),
                Collections.unmodifiableSortedMap(new TreeMap<>(metadata.pairs("labels"))));
    }

    private static List<String> texts(Value.Fields fields, String name) {
        return fields.texts(name).stream().map(Value.Text::text).toList();
    }
}
