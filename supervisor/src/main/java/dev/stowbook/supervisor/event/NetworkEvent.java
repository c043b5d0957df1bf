package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.SubnetSpec;
import java.util.List;

/** What happens to networks. */
public sealed interface NetworkEvent extends Event {

    /** A network is to exist, with these subnets. */
    record NetworkCreated(NetworkId network, String driver, NetworkSpec spec, List<SubnetSpec> subnets)
            implements NetworkEvent {}

    /** The host has addresses of a subnet that was chosen for it already; others are chosen and it is made with them. */
    record SubnetsReassigned(NetworkId network, List<SubnetSpec> refused, List<SubnetSpec> subnets)
            implements NetworkEvent {}

    /** The kernel has it. */
    record NetworkReady(NetworkId network, String link) implements NetworkEvent {}

    /** The kernel does not have it. */
    record NetworkFailed(NetworkId network, String code, String message) implements NetworkEvent {}

    /** Intent: it is to go. */
    record NetworkRemoving(NetworkId network) implements NetworkEvent {}

    /** It is gone. */
    record NetworkRemoved(NetworkId network) implements NetworkEvent {}

    /** It is still there, because the kernel did not let go of it. */
    record NetworkRemovalFailed(NetworkId network, String code, String message) implements NetworkEvent {}

    /** Somebody else changed or removed rules of ours; what is missing. They are put back. */
    record RulesFlushed(String detail) implements NetworkEvent {}

    /** Rules were missing and have been put back; one sentence each. */
    record RulesRepaired(List<String> repaired) implements NetworkEvent {}
}
