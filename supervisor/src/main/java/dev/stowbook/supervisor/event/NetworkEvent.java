package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.NetworkId;
import java.util.List;

/** What happens to networks. */
public sealed interface NetworkEvent extends Event {

    /** A network is to exist. */
    record NetworkCreated(
            NetworkId network, String name, String driver, String subnet, String gateway, boolean internal)
            implements NetworkEvent {}

    /** The kernel has it. */
    record NetworkReady(NetworkId network, String link) implements NetworkEvent {}

    /** The kernel does not have it. */
    record NetworkFailed(NetworkId network, String code, String message) implements NetworkEvent {}

    /** Somebody else changed or removed rules of ours; what is missing. They are put back. */
    record RulesFlushed(String detail) implements NetworkEvent {}

    /** Rules were missing and have been put back; one sentence each. */
    record RulesRepaired(List<String> repaired) implements NetworkEvent {}
}
