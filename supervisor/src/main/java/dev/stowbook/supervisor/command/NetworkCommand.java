package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.NetworkSpec;
import java.util.List;

/** What users ask of networks. References are names, ids or unique prefixes of ids. */
public sealed interface NetworkCommand extends Command {

    /** Makes a network. */
    record CreateNetwork(NetworkSpec spec) implements NetworkCommand {}

    /** Removes networks that no pod is on. */
    record RemoveNetworks(List<String> networks) implements NetworkCommand {
        public RemoveNetworks {
            networks = List.copyOf(networks);
        }
    }

    /** Removes every network that no pod is on, but the one named {@code default}. */
    record PruneNetworks() implements NetworkCommand {}

    /** Puts a pod on one more network, running or not; {@code attachment} says which, and what it wants there. */
    record ConnectPod(String pod, AttachmentSpec attachment) implements NetworkCommand {}

    /** Takes a pod off a network. */
    record DisconnectPod(String pod, String network) implements NetworkCommand {}
}
