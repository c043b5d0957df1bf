package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;

/**
 * What a pod wants of the network.
 *
 * @param mode whose network namespace it lives in
 * @param sharedWith the name of the pod whose it is, if it is another's
 * @param attachments the networks it is on; the network {@code default} if empty
 * @param hostAliases lines for its hosts(5)
 * @param dns what its resolv.conf(5) says
 */
public record NetworkingSpec(
        NetworkMode mode,
        Optional<String> sharedWith,
        List<AttachmentSpec> attachments,
        List<HostAlias> hostAliases,
        DnsSpec dns) {
    public NetworkingSpec {
        attachments = List.copyOf(attachments);
        hostAliases = List.copyOf(hostAliases);
    }

    /** On the network {@code default}. */
    public static NetworkingSpec defaults() {
        return on(List.of());
    }

    /** On those networks. */
    public static NetworkingSpec on(List<AttachmentSpec> attachments) {
        return new NetworkingSpec(NetworkMode.NETWORKS, Optional.empty(), attachments, List.of(), DnsSpec.defaults());
    }
}
