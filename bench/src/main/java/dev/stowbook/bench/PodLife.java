package dev.stowbook.bench;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.DaemonEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.log.EntryDraft;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.EnvVar;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.model.SubnetSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The book of a host on which pods of one container come and go: 21 events a life, as the decider and the drivers make them, while
 * a number of other pods run.
 */
final class PodLife {
    private static final Instant START = Instant.parse("2026-11-21T10:00:00.123456789Z");
    private static final NetworkId NETWORK = new NetworkId("ab".repeat(32));
    private static final String BOOT = "0b9f3c0e-7d5a-4a53-9f0e-0c1d6a3f2b11";

    private final EventFormat format;
    private final Sink out;
    private long sequence;

    /** Where the entries go. */
    @FunctionalInterface
    interface Sink {
        void append(EntryDraft draft) throws LogException;
    }

    PodLife(EventFormat format, Sink out) {
        this.format = format;
        this.out = out;
    }

    /** Writes at least so many events; {@code alive} pods run all the time. */
    void write(long events, int alive) throws LogException {
        entry("StartDaemon", new DaemonEvent.InstanceCreated("5ca1ab1e0ddba11"),
                new NetworkEvent.NetworkCreated(NETWORK, "bridge", NetworkSpec.named("default"), List.of(new SubnetSpec("10.88.0.0/16", "10.88.0.1"))));
        long[] created = new long[alive];
        for (int pod = 0; sequence < events; pod++) {
            if (pod >= alive) {
                end(pod - alive, created[pod % alive]);
            }
            created[pod % alive] = begin(pod);
        }
    }

    private void entry(String command, Event... events) throws LogException {
        List<EventRecord> records = new ArrayList<>();
        for (Event event : events) {
            records.add(format.encode(event));
        }
        Actor actor = command.equals("CompleteStep") ? Actor.daemon("execute") : Actor.user("cli", 0, 4711);
        out.append(new EntryDraft(
                sequence + 1, START.plusNanos(1_234_567 * sequence), new Cause(command, Math.max(0, sequence - 3), "%016x".formatted(sequence)), actor, records));
        sequence += events.length;
    }

    private long begin(int n) throws LogException {
        PodId pod = new PodId("%064x".formatted(0xabcdefL * n));
        ContainerId container = container(n);
        String address = "10.88." + (n / 250 % 250 + 1) + "." + (n % 250 + 2);
        List<PublishedPort> ports = List.of(new PublishedPort("127.0.0.1", 1024 + n % 60_000, 8080, PortSpec.Protocol.TCP));
        long operation = sequence + 3;
        List<PlannedStep> steps = List.of(
                step("sandbox", StepKind.CREATE_SANDBOX, Optional.empty()),
                step("cgroup", StepKind.CREATE_POD_CGROUP, Optional.empty()),
                endpoint("endpoint:eth0", StepKind.JOIN_ENDPOINT, n, "sandbox"),
                step("ports", StepKind.PUBLISH_PORTS, Optional.empty(), "endpoint:eth0"),
                step("rootfs:web", StepKind.PREPARE_ROOTFS, Optional.of(container)),
                step("cgroup:web", StepKind.CREATE_CGROUP, Optional.of(container), "cgroup"),
                step("start:web", StepKind.START_PROCESS, Optional.of(container), "ports", "rootfs:web", "cgroup:web"));
        entry("ApplyPods",
                new PodEvent.PodCreated(pod, spec(n), "web-" + n, List.of(new EndpointSpec(
                        endpoint(n), NETWORK, "eth0", List.of(new EndpointAddress(address, false)), List.of(), Optional.empty(), 0)), ports,
                        Optional.of(IdRange.ofPod(0x4000_0000L + (long) (n % 10_000) * IdRange.OF_A_POD))),
                created(pod, container),
                new PodEvent.PodStarting(pod, 1, Optional.empty(), steps));
        SortedMap<String, Long> namespaces = new TreeMap<>();
        for (String kind : List.of("ipc", "mnt", "net", "pid", "uts")) {
            namespaces.put(kind, 4026532000L + n);
        }
        SortedMap<String, String> written = new TreeMap<>();
        written.put("cpu/cpu.shares", "512");
        written.put("memory/memory.limit_in_bytes", "67108864");
        written.put("pids/pids.max", "64");
        ProcessIdentity process = new ProcessIdentity(10_000 + n % 20_000, 123_456L + n, BOOT);
        done(new StepEvent.SandboxCreated(new StepRef(operation, "sandbox"), pod, namespaces, 412));
        done(new StepEvent.CgroupCreated(new StepRef(operation, "cgroup"), pod, Optional.empty(), written, List.of(), 388));
        done(new StepEvent.RootfsPrepared(new StepRef(operation, "rootfs:web"), pod, container,
                List.of("/var/lib/stowbook/overlay/l/ABCDEFGHIJ", "/var/lib/stowbook/overlay/l/KLMNOPQRST"),
                "/var/lib/stowbook/overlay/" + container.value() + "/diff", "/var/lib/stowbook/overlay/" + container.value() + "/work", 951));
        done(new StepEvent.CgroupCreated(new StepRef(operation, "cgroup:web"), pod, Optional.of(container), written, List.of(), 377));
        done(new StepEvent.EndpointJoined(new StepRef(operation, "endpoint:eth0"), pod, endpoint(n), "sbk5ca1ab1e" + n % 1000, "02:42:0a:58:00:07", List.of(address + "/16"), 1204));
        done(new StepEvent.PortsPublished(new StepRef(operation, "ports"), pod, ports, Optional.of(process), 301));
        done(new StepEvent.ProcessStarted(new StepRef(operation, "start:web"), pod, container, 1, process, 1, process, namespaces, List.of(), 2741));
        return operation;
    }

    private void end(int n, long started) throws LogException {
        PodId pod = new PodId("%064x".formatted(0xabcdefL * n));
        ContainerId container = container(n);
        entry("ReportExit", new ContainerEvent.ProcessExited(container, pod, 1,
                new ExitStatus(ExitStatus.Kind.EXITED, 0, OptionalInt.empty(), START.plusNanos(sequence * 1_234_567), false, ""), false, 0));
        long stop = sequence + 1;
        entry("RemovePods", new PodEvent.PodStopping(pod, 1, "removed after operation " + started, List.of(
                endpoint("leave:eth0", StepKind.LEAVE_ENDPOINT, n),
                step("cgroup", StepKind.DESTROY_POD_CGROUP, Optional.empty()),
                step("sandbox", StepKind.REMOVE_SANDBOX, Optional.empty(), "leave:eth0"))));
        done(new StepEvent.EndpointLeft(new StepRef(stop, "leave:eth0"), pod, endpoint(n), 812));
        done(new StepEvent.CgroupDestroyed(new StepRef(stop, "cgroup"), pod, Optional.empty(), 240));
        done(new StepEvent.SandboxRemoved(new StepRef(stop, "sandbox"), pod, 133));
        long remove = sequence + 2;
        entry("CompleteStep", new PodEvent.PodStopped(pod, 1), new PodEvent.PodRemoving(pod, List.of(
                step("rootfs:web", StepKind.REMOVE_ROOTFS, Optional.of(container)), step("files", StepKind.REMOVE_FILES, Optional.empty()))));
        done(new StepEvent.RootfsRemoved(new StepRef(remove, "rootfs:web"), pod, container, 640));
        done(new StepEvent.FilesRemoved(new StepRef(remove, "files"), pod, 97));
        entry("CompleteStep", new PodEvent.PodRemoved(pod));
    }

    private void done(StepEvent event) throws LogException {
        entry("CompleteStep", event);
    }

    private static ContainerId container(int n) {
        return new ContainerId("%064x".formatted(0x1234567L * n + 1));
    }

    private static EndpointId endpoint(int n) {
        return new EndpointId("%064x".formatted(0x7654321L * n + 2));
    }

    private static PlannedStep endpoint(String name, StepKind kind, int n, String... after) {
        return new PlannedStep(name, kind, Optional.empty(), Optional.of(endpoint(n)), List.of(after));
    }

    private static PlannedStep step(String name, StepKind kind, Optional<ContainerId> container, String... after) {
        return new PlannedStep(name, kind, container, List.of(after));
    }

    private static PodSpec spec(int n) {
        ContainerSpec web = new ContainerSpec(
                "web", "busybox:1.36", List.of("httpd"), List.of("-f", "-p", "8080"), List.of(new EnvVar("MODE", "production")), Optional.of("/srv"),
                List.of(new PortSpec(Optional.of("http"), 8080, OptionalInt.of(1024 + n % 60_000), Optional.empty(), PortSpec.Protocol.TCP)),
                ResourceSpec.unlimited(), ProcessSpec.defaults(), SecuritySpec.defaults(), List.of(), Optional.empty());
        SortedMap<String, String> labels = new TreeMap<>();
        labels.put("app", "web");
        return new PodSpec("web-" + n, labels, Optional.empty(), PodSpec.RestartPolicy.NEVER, Duration.ofSeconds(30), NamespaceSpec.defaults(), List.of(web), Optional.empty(), List.of(),
                NetworkingSpec.defaults(), ResourceSpec.unlimited());
    }

    private static ContainerEvent.ContainerCreated created(PodId pod, ContainerId container) {
        return new ContainerEvent.ContainerCreated(
                container, pod, "web", "busybox:1.36", "sha256:" + "cd".repeat(32),
                new ProcessConfig(List.of("httpd", "-f", "-p", "8080"), List.of("PATH=/usr/bin:/bin", "MODE=production"), "/srv", "0", "TERM"),
                ResourceSpec.unlimited(), ProcessSpec.defaults(), SecuritySpec.defaults(), container.value(), "ef".repeat(32));
    }
}
