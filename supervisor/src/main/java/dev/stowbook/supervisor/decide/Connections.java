package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Decides about pods that are put on networks and taken off them: one change of a pod after the other. */
final class Connections {
    private Connections() {}

    static Decision connect(Draft draft, NetworkCommand.ConnectPod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        String name = pod.spec().name();
        refuseUnfit(pod, "connected");
        Network network = Draft.require(Lookup.network(draft.state(), command.attachment().network()));
        if (pod.network().endpoints().stream().anyMatch(each -> each.network().equals(network.id()))) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " is on network " + network.name() + " already");
        }
        refuseWhileChanging(draft, pod, "");
        EndpointSpec endpoint = Endpoints.more(
                draft, name, named(command.attachment(), network.name()), pod.network().endpoints());
        List<PlannedStep> steps = pod.active() ? Steps.connect(draft.state(), pod, endpoint) : List.of();
        boolean takesOver = steps.stream().anyMatch(step -> step.kind() == StepKind.ROUTE_ENDPOINT);
        if (takesOver && !pod.ports().isEmpty()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " publishes its ports through another network, and " + network.name()
                    + " would take over: stop the pod first, or give the network a lower gateway priority");
        }
        long sequence = draft.nextSequence();
        draft.emit(new PodEvent.PodConnecting(pod.id(), endpoint, steps));
        return draft.accepted(new Answer.Connected(pod.id(), endpoint.id()), new Await.OperationsOver(List.of(sequence)));
    }

    private static AttachmentSpec named(AttachmentSpec asked, String network) {
        return new AttachmentSpec(
                network, asked.address(), asked.address6(), asked.aliases(), asked.macAddress(), asked.gatewayPriority());
    }

    static Decision disconnect(Draft draft, NetworkCommand.DisconnectPod command) {
        Pod pod = Draft.require(Lookup.pod(draft.state(), command.pod()));
        String name = pod.spec().name();
        refuseUnfit(pod, "disconnected");
        Network network = Draft.require(Lookup.network(draft.state(), command.network()));
        EndpointSpec endpoint = pod.network().endpoints().stream()
                .filter(each -> each.network().equals(network.id()))
                .findFirst()
                .orElseThrow(() -> Draft.reject(
                        ErrorCode.NOT_FOUND, "pod " + name + " is not on network " + network.name()));
        refuseWhileChanging(draft, pod, endpoint.id().value());
        boolean published = !pod.ports().isEmpty() && pod.primary(draft.state()).equals(Optional.of(endpoint));
        if (published && pod.active()) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " publishes its ports through network " + network.name()
                    + ": stop it first, or change its manifest");
        }
        long sequence = draft.nextSequence();
        draft.emit(new PodEvent.PodDisconnecting(
                pod.id(), endpoint.id(), "asked to disconnect",
                pod.active() ? Steps.disconnect(draft.state(), pod, endpoint) : List.of()));
        return draft.accepted(
                new Answer.Connected(pod.id(), endpoint.id()),
                new Await.All(List.of(
                        new Await.Disconnected(pod.id(), endpoint.id()), new Await.OperationsOver(List.of(sequence)))));
    }

    private static void refuseUnfit(Pod pod, String verb) {
        String name = pod.spec().name();
        NetworkMode mode = pod.spec().networking().mode();
        if (mode == NetworkMode.HOST || mode == NetworkMode.SHARED) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " lives in " + (mode == NetworkMode.HOST ? "the host's" : "another pod's")
                    + " network namespace and cannot be " + verb);
        }
        boolean busy = pod.removalRequested()
                || switch (pod.phase()) {
                    case STARTING, STOPPING, REMOVING -> true;
                    case STOPPED, RUNNING -> false;
                };
        if (busy) {
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + name + " cannot be " + verb + " while it is "
                    + (pod.removalRequested() ? "removed" : pod.phase().name().toLowerCase(Locale.ROOT)) + ": try again later");
        }
    }

    /** Steps of one change count on what the others leave alone. What failed may be taken again at once, by whoever asks. */
    private static void refuseWhileChanging(Draft draft, Pod pod, String endpoint) {
        for (Operation operation : draft.state().operations().values()) {
            boolean changes = operation.kind() == Operation.Kind.CONNECT_POD || operation.kind() == Operation.Kind.DISCONNECT_POD;
            if (!changes || !operation.pod().equals(Optional.of(pod.id())) || operation.over() && operation.target().equals(endpoint)) {
                continue;
            }
            throw Draft.reject(ErrorCode.CONFLICT, "pod " + pod.spec().name() + (operation.over()
                    ? " could not be taken off a network, which is tried again by itself: wait for that"
                    : " is just being put on a network or taken off one: try again in a moment"));
        }
    }
}
