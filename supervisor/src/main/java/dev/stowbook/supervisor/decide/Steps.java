package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The steps that intents record, and what each waits for. */
final class Steps {
    private Steps() {}

    /** Everything independent side by side: sandbox, groups and root file systems; a process waits for all of its own. */
    static List<PlannedStep> startPod(State state, Pod pod) {
        List<PlannedStep> steps = new ArrayList<>();
        steps.add(ofPod("sandbox", StepKind.CREATE_SANDBOX));
        steps.add(ofPod("cgroup", StepKind.CREATE_POD_CGROUP));
        List<String> network = network(state, pod, steps);
        VolumeSteps.Start volumes = VolumeSteps.startPod(state, pod);
        steps.addAll(volumes.steps());
        for (ContainerId id : pod.containers()) {
            Container container = state.container(id);
            String name = container.name();
            steps.add(of("rootfs:" + name, StepKind.PREPARE_ROOTFS, id));
            steps.add(of("cgroup:" + name, StepKind.CREATE_CGROUP, id, "cgroup"));
            List<String> after = new ArrayList<>(network);
            after.addAll(List.of("rootfs:" + name, "cgroup:" + name));
            after.addAll(volumes.before().get(id));
            steps.add(new PlannedStep("process:" + name, StepKind.START_PROCESS, Optional.of(id), after));
        }
        return steps;
    }

    /** A process waits for all connections of its pod and for its published ports. */
    private static List<String> network(State state, Pod pod, List<PlannedStep> steps) {
        List<String> network = new ArrayList<>(List.of("sandbox"));
        for (EndpointSpec endpoint : pod.network().endpoints()) {
            PlannedStep join = ofEndpoint("endpoint:", StepKind.JOIN_ENDPOINT, endpoint, "sandbox");
            steps.add(join);
            network.add(join.name());
        }
        Optional<EndpointSpec> primary = pod.primary(state);
        if (!pod.ports().isEmpty() && primary.isPresent()) {
            steps.add(ofPod("ports", StepKind.PUBLISH_PORTS, "endpoint:" + primary.get().interfaceName()));
            network.add("ports");
        }
        return network;
    }

    /** The newcomer may take over the default route: then the one that had it lets it go. */
    static List<PlannedStep> connect(State state, Pod pod, EndpointSpec endpoint) {
        List<PlannedStep> steps = new ArrayList<>();
        PlannedStep join = ofEndpoint("endpoint:", StepKind.JOIN_ENDPOINT, endpoint);
        steps.add(join);
        Optional<EndpointSpec> before = pod.primary(state);
        List<EndpointSpec> all = new ArrayList<>(pod.network().endpoints());
        all.add(endpoint);
        boolean takesOver = pod.primary(state, all).equals(Optional.of(endpoint));
        if (takesOver && before.isPresent()) {
            steps.add(ofEndpoint("route:", StepKind.ROUTE_ENDPOINT, before.get(), join.name()));
        }
        if (takesOver && before.isEmpty() && !pod.ports().isEmpty()) {
            steps.add(ofPod("ports", StepKind.PUBLISH_PORTS, join.name()));
        }
        return steps;
    }

    /** Whoever is next takes over the default route. */
    static List<PlannedStep> disconnect(State state, Pod pod, EndpointSpec endpoint) {
        List<PlannedStep> steps = new ArrayList<>();
        PlannedStep leave = ofEndpoint("leave:", StepKind.LEAVE_ENDPOINT, endpoint);
        steps.add(leave);
        if (pod.primary(state).equals(Optional.of(endpoint))) {
            List<EndpointSpec> others =
                    pod.network().endpoints().stream().filter(each -> !each.equals(endpoint)).toList();
            pod.primary(state, others)
                    .ifPresent(next -> steps.add(ofEndpoint("route:", StepKind.ROUTE_ENDPOINT, next, leave.name())));
        }
        return steps;
    }

    /** Makes the default route go where it should. */
    static List<PlannedStep> route(State state, Pod pod) {
        return pod.primary(state).stream()
                .map(primary -> ofEndpoint("route:", StepKind.ROUTE_ENDPOINT, primary))
                .toList();
    }

    static List<PlannedStep> startContainer(Container container) {
        return List.of(of("process:" + container.name(), StepKind.START_PROCESS, container.id()));
    }

    static List<PlannedStep> signal(Container container) {
        return List.of(of("signal:" + container.name(), StepKind.SIGNAL, container.id()));
    }

    /** A process that stands still hears its signal only when it goes on. */
    static List<PlannedStep> stop(Container container, boolean mayStandStill) {
        String name = container.name();
        return mayStandStill
                ? List.of(
                        of("thaw:" + name, StepKind.THAW, container.id()),
                        of("signal:" + name, StepKind.SIGNAL, container.id(), "thaw:" + name))
                : signal(container);
    }

    static List<PlannedStep> pause(Container container) {
        return List.of(of("freeze:" + container.name(), StepKind.FREEZE, container.id()));
    }

    static List<PlannedStep> resume(Container container) {
        return List.of(of("thaw:" + container.name(), StepKind.THAW, container.id()));
    }

    static List<PlannedStep> update(Container container) {
        return List.of(of("limits:" + container.name(), StepKind.UPDATE_CGROUP, container.id()));
    }

    static List<PlannedStep> updatePod() {
        return List.of(ofPod("limits", StepKind.UPDATE_CGROUP));
    }

    /** Frozen first, so that nothing forks away from the kill. */
    static List<PlannedStep> kill(Container container) {
        String name = container.name();
        return List.of(
                of("freeze:" + name, StepKind.FREEZE, container.id()),
                of("kill:" + name, StepKind.KILL, container.id(), "freeze:" + name));
    }

    static List<PlannedStep> stopPod(State state, Pod pod) {
        List<PlannedStep> steps = new ArrayList<>();
        List<String> left = new ArrayList<>();
        for (EndpointSpec endpoint : pod.network().endpoints()) {
            PlannedStep leave = ofEndpoint("leave:", StepKind.LEAVE_ENDPOINT, endpoint);
            steps.add(leave);
            left.add(leave.name());
        }
        List<String> groups = new ArrayList<>();
        for (ContainerId id : pod.containers()) {
            String name = "cgroup:" + state.container(id).name();
            steps.add(of(name, StepKind.DESTROY_CGROUP, id));
            groups.add(name);
        }
        steps.add(new PlannedStep("cgroup", StepKind.DESTROY_POD_CGROUP, Optional.empty(), groups));
        steps.add(new PlannedStep("sandbox", StepKind.REMOVE_SANDBOX, Optional.empty(), left));
        steps.addAll(VolumeSteps.stopPod(state, pod, groups));
        return steps;
    }

    static List<PlannedStep> removePod(State state, Pod pod) {
        List<PlannedStep> steps = new ArrayList<>();
        for (ContainerId id : pod.containers()) {
            steps.add(of("rootfs:" + state.container(id).name(), StepKind.REMOVE_ROOTFS, id));
        }
        steps.addAll(VolumeSteps.removePod(state, pod));
        steps.add(ofPod("files", StepKind.REMOVE_FILES));
        return steps;
    }

    static List<PlannedStep> exec(Container container) {
        return List.of(of("exec", StepKind.START_EXEC, container.id()));
    }

    static List<PlannedStep> build() {
        return List.of(ofPod("build", StepKind.BUILD_IMAGE));
    }

    static List<PlannedStep> removeImage() {
        return List.of(ofPod("image", StepKind.REMOVE_IMAGE));
    }

    private static PlannedStep ofEndpoint(String prefix, StepKind kind, EndpointSpec endpoint, String... after) {
        return new PlannedStep(
                prefix + endpoint.interfaceName(), kind, Optional.empty(), Optional.of(endpoint.id()), List.of(after));
    }

    private static PlannedStep ofPod(String name, StepKind kind, String... after) {
        return new PlannedStep(name, kind, Optional.empty(), List.of(after));
    }

    private static PlannedStep of(String name, StepKind kind, ContainerId container, String... after) {
        return new PlannedStep(name, kind, Optional.of(container), List.of(after));
    }
}
