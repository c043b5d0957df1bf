package dev.stowbook.supervisor.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.EndpointId;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.model.SubnetSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EvolveTest {
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
    private static final NetworkId NETWORK = new NetworkId("f".repeat(64));
    private State state = State.empty();

    private void happened(Event... events) {
        for (Event event : events) {
            state = Evolve.apply(state, new Recorded(state.sequence() + 1, TIME, event));
        }
    }

    private static PodId podId(String prefix) {
        return new PodId(prefix + "0".repeat(64 - prefix.length()));
    }

    private static ContainerId containerId(String prefix) {
        return new ContainerId(prefix + "0".repeat(64 - prefix.length()));
    }

    private static PodEvent.PodCreated pod(String id, String name, String address, PublishedPort... ports) {
        PodSpec spec = new PodSpec(
                name, new TreeMap<>(), Optional.empty(), PodSpec.RestartPolicy.NEVER, Duration.ZERO, NamespaceSpec.defaults(), List.of(),
                Optional.empty(), List.of(),
                NetworkingSpec.defaults(), ResourceSpec.unlimited());
        return new PodEvent.PodCreated(podId(id), spec, name, List.of(endpoint(id, address)), List.of(ports), Optional.empty());
    }

    private static EndpointSpec endpoint(String id, String address) {
        return new EndpointSpec(
                new EndpointId(podId(id).value()), NETWORK, "eth0", List.of(new EndpointAddress(address, false)), List.of(),
                Optional.empty(), 0);
    }

    private static ContainerEvent.ContainerCreated container(String id, String pod, String name) {
        return new ContainerEvent.ContainerCreated(
                containerId(id), podId(pod), name, "busybox", "sha256:0",
                new ProcessConfig(List.of("sh"), List.of(), "/", "0:0", "TERM"),
                ResourceSpec.unlimited(), ProcessSpec.defaults(), SecuritySpec.defaults(), "layer", "parent");
    }

    private void network() {
        happened(new NetworkEvent.NetworkCreated(
                        NETWORK, "bridge", NetworkSpec.named("default"), List.of(new SubnetSpec("10.0.0.0/24", "10.0.0.1"))));
    }

    @Test
    void aGapInTheSequenceIsAFault() {
        Recorded second = new Recorded(2, TIME, new NetworkEvent.RulesRepaired(List.of()));
        assertThrows(IllegalStateException.class, () -> Evolve.apply(State.empty(), second));
    }

    @Test
    void anOldStateIsNotChangedByWhatHappensLater() {
        network();
        State before = state;
        happened(pod("a1", "web", "10.0.0.2"));
        assertTrue(before.pods().isEmpty());
        assertEquals(1, before.sequence());
        assertEquals(1, state.pods().size());
    }

    @Test
    void aStepBeginsWhenAllThatItWaitsForIsDone() {
        network();
        happened(pod("a1", "web", "10.0.0.2"));
        happened(new PodEvent.PodStarting(
                podId("a1"),
                1,
                Optional.empty(),
                List.of(
                        new PlannedStep("x", StepKind.CREATE_SANDBOX, Optional.empty(), List.of()),
                        new PlannedStep("y", StepKind.CREATE_POD_CGROUP, Optional.empty(), List.of()),
                        new PlannedStep("z", StepKind.JOIN_ENDPOINT, Optional.empty(), List.of("x", "y")))));
        long operation = state.sequence();
        assertFalse(state.operations().get(operation).awaits("z"));
        happened(new StepEvent.SandboxCreated(new StepRef(operation, "x"), podId("a1"), new TreeMap<>(), 1));
        assertFalse(state.operations().get(operation).awaits("z"));
        happened(new StepEvent.CgroupCreated(
                new StepRef(operation, "y"), podId("a1"), Optional.empty(), new TreeMap<>(), List.of(), 1));
        assertTrue(state.operations().get(operation).awaits("z"));
        happened(new StepEvent.EndpointJoined(
                new StepRef(operation, "z"), podId("a1"), new EndpointId(podId("a1").value()), "v", "m", List.of("10.0.0.2/24"), 1));
        assertTrue(state.operations().isEmpty(), "it is over");
        assertEquals(Pod.Phase.RUNNING, state.pod(podId("a1")).phase());
    }

    @Test
    void portsClashOnTheSameAddressOrOnAnyAddress() {
        network();
        happened(pod("a1", "web", "10.0.0.2", new PublishedPort("127.0.0.1", 80, 80, PortSpec.Protocol.TCP)));
        happened(pod("a2", "dns", "10.0.0.3", new PublishedPort("0.0.0.0", 53, 53, PortSpec.Protocol.UDP)));
        assertEquals(Optional.of(podId("a1")), publisher("127.0.0.1", 80, PortSpec.Protocol.TCP));
        assertEquals(Optional.of(podId("a1")), publisher("0.0.0.0", 80, PortSpec.Protocol.TCP));
        assertEquals(Optional.empty(), publisher("192.0.2.1", 80, PortSpec.Protocol.TCP));
        assertEquals(Optional.empty(), publisher("127.0.0.1", 80, PortSpec.Protocol.UDP));
        assertEquals(Optional.empty(), publisher("127.0.0.1", 8, PortSpec.Protocol.TCP));
        assertEquals(Optional.of(podId("a2")), publisher("192.0.2.1", 53, PortSpec.Protocol.UDP));
    }

    private Optional<PodId> publisher(String address, int port, PortSpec.Protocol protocol) {
        return state.publisherOf(new PublishedPort(address, port, 1, protocol));
    }

    @Test
    void referencesAreNamesIdsAndUniquePrefixes() {
        network();
        happened(
                pod("abc1", "web", "10.0.0.2"),
                container("dd1", "abc1", "main"),
                pod("abc2", "two", "10.0.0.3"),
                container("dd2", "abc2", "left"),
                container("dd3", "abc2", "right"));
        assertEquals(podId("abc1"), found(Lookup.pod(state, "web")).id());
        assertEquals(podId("abc1"), found(Lookup.pod(state, "abc1")).id());
        assertEquals(podId("abc1"), found(Lookup.pod(state, podId("abc1").value())).id());
        assertEquals("2 pods begin with abc: abc100000000, abc200000000",
                assertInstanceOf(Lookup.Ambiguous.class, Lookup.pod(state, "abc")).message());
        assertInstanceOf(Lookup.Missing.class, Lookup.pod(state, "abd"));
        assertInstanceOf(Lookup.Missing.class, Lookup.pod(state, ""));
        assertInstanceOf(Lookup.Missing.class, Lookup.pod(state, "ABC1"));
        assertEquals("main", found(Lookup.container(state, "web")).name());
        assertEquals("right", found(Lookup.container(state, "two/right")).name());
        assertEquals("right", found(Lookup.container(state, "abc2/right")).name());
        assertEquals("right", found(Lookup.container(state, "dd3")).name());
        assertEquals("pod two has 2 containers: name one of two/left, two/right",
                assertInstanceOf(Lookup.Ambiguous.class, Lookup.container(state, "two")).message());
        assertInstanceOf(Lookup.Missing.class, Lookup.container(state, "two/middle"));
        assertInstanceOf(Lookup.Missing.class, Lookup.container(state, "three/middle"));
        assertInstanceOf(Lookup.Ambiguous.class, Lookup.container(state, "dd"));
        assertInstanceOf(Lookup.Ambiguous.class, Lookup.container(state, "abc/left"));
    }

    @Test
    void aNameBeatsAPrefix() {
        network();
        happened(pod("feed", "web", "10.0.0.2"), pod("a", "feed", "10.0.0.3"));
        assertEquals("feed", found(Lookup.pod(state, "feed")).spec().name());
    }

    private static <T> T found(Lookup<T> lookup) {
        if (lookup instanceof Lookup.Found<T>(T value)) {
            return value;
        }
        throw new AssertionError(lookup);
    }
}
