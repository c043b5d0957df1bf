package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the field table cannot say about networks: modes that exclude each other, addresses that are none. */
final class NetworkConsistency {
    private final Problems problems;
    private final Map<String, Place> networks = new HashMap<>();

    NetworkConsistency(Problems problems) {
        this.problems = problems;
    }

    /** A document of kind Network. */
    void network(Value.Fields document) {
        Value.Fields metadata = document.fields("metadata");
        metadata.text("name").ifPresent(name -> {
            Place first = networks.putIfAbsent(name, metadata.placeOf("name"));
            if (first != null) {
                problems.add(metadata.placeOf("name"), metadata.pathOf("name"),
                        "the network name '" + name + "' is taken on line " + first.line() + ": choose another.");
            }
        });
        Value.Fields spec = document.fields("spec");
        if (spec.truth("internal").orElse(false) && !spec.truth("isolated").orElse(true)) {
            problems.add(spec.placeOf("isolated"), spec.pathOf("isolated"),
                    "contradicts internal: an internal network is reached from nowhere; take one of them out.");
        }
        spec.objects("subnets").forEach(subnet -> address(subnet, "gateway"));
    }

    /** What a pod says about the network. */
    void pod(Value.Fields document) {
        podSpec(document.fields("spec"));
    }

    void podSpec(Value.Fields spec) {
        Value.Fields own = spec.fields("stowbook");
        boolean host = spec.truth("hostNetwork").orElse(false);
        modes(own, host);
        users(spec, own, host);
        if (host || own.text("network").orElse("").startsWith("pod:")) {
            sysctls(spec);
        }
        for (Value.Fields container : spec.objects("containers")) {
            String mode = own.text("network").orElse("");
            container.objects("ports").forEach(port -> port(port, host, mode));
            container.fields("stowbook").objects("portRanges").forEach(range -> port(range, host, mode));
        }
        Map<String, Place> seen = new HashMap<>();
        for (Value.Fields network : own.objects("networks")) {
            network.text("name").ifPresent(name -> {
                if (seen.putIfAbsent(name, network.placeOf("name")) != null) {
                    problems.add(network.placeOf("name"), network.pathOf("name"), "the pod is on network '" + name + "' already: take this out.");
                }
            });
            address(network, "address6");
        }
        spec.objects("hostAliases").forEach(alias -> address(alias, "ip"));
        addresses(spec.fields("dnsConfig").texts("nameservers"));
        if (spec.text("dnsPolicy").orElse("").equals("None") && spec.fields("dnsConfig").texts("nameservers").isEmpty()) {
            problems.add(spec.placeOf("dnsPolicy"), spec.pathOf("dnsPolicy"), "is None, but dnsConfig names no name servers: add dnsConfig.nameservers.");
        }
    }

    /** They are those of the network namespace, which is not the pod's own. */
    private void sysctls(Value.Fields spec) {
        for (Value.Fields sysctl : spec.fields("securityContext").objects("sysctls")) {
            if (sysctl.text("name").orElse("").startsWith("net.")) {
                problems.add(sysctl.placeOf("name"), sysctl.pathOf("name"), "belongs to a network namespace that is not the pod's own: take it out.");
            }
        }
    }

    private void users(Value.Fields spec, Value.Fields own, boolean host) {
        boolean shared = own.text("network").orElse("").startsWith("pod:");
        if (host && !spec.truth("hostUsers").orElse(true)) {
            problems.add(spec.placeOf("hostUsers"), spec.pathOf("hostUsers"),
                    "cannot be false in the host's network, where users of its own could do nothing: take it out.");
        } else if (shared && spec.truth("hostUsers").isPresent()) {
            problems.add(spec.placeOf("hostUsers"), spec.pathOf("hostUsers"), "is that of the pod whose network it shares: take it out.");
        }
    }

    private void modes(Value.Fields own, boolean host) {
        boolean mode = own.text("network").isPresent();
        boolean networks = !own.objects("networks").isEmpty();
        if (host && (mode || networks)) {
            String field = mode ? "network" : "networks";
            problems.add(own.placeOf(field), own.pathOf(field), "contradicts hostNetwork: a pod in the host's network is on no other; take one of them out.");
        } else if (mode && networks) {
            problems.add(own.placeOf("networks"), own.pathOf("networks"), "contradicts network: '" + own.text("network").orElse("") + "'; take one of them out.");
        }
    }

    /** Kubernetes: in the host's network, a port is where it is. */
    private void port(Value.Fields port, boolean host, String mode) {
        long hostPort = port.whole("hostPort").orElse(0L);
        if (hostPort == 0) {
            return;
        }
        if (host && hostPort != port.whole("containerPort").orElse(0L)) {
            problems.add(port.placeOf("hostPort"), port.pathOf("hostPort"), "must be the containerPort, since the pod is in the host's network.");
        } else if (!mode.isEmpty()) {
            problems.add(port.placeOf("hostPort"), port.pathOf("hostPort"), "cannot be published, since the pod has no network of its own: take hostPort out.");
        }
    }

    private void address(Value.Fields fields, String name) {
        fields.text(name).ifPresent(text -> {
            if (isNone(text)) {
                problems.add(fields.placeOf(name), fields.pathOf(name), "'" + Words.shortened(text) + "' is no IP address.");
            }
        });
    }

    private void addresses(List<Value.Text> texts) {
        for (Value.Text text : texts) {
            if (isNone(text.text())) {
                problems.add(text.place(), text.path(), "'" + Words.shortened(text.text()) + "' is no IP address.");
            }
        }
    }

    private static boolean isNone(String text) {
        try {
            IpAddress.parse(text);
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }
}
