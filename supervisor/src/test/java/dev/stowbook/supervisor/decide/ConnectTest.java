package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.event.PodEvent.PodConnecting;
import dev.stowbook.supervisor.event.PodEvent.PodDisconnecting;
import dev.stowbook.supervisor.event.StepEvent.EndpointLeft;
import dev.stowbook.supervisor.event.StepEvent.EndpointRouted;
import dev.stowbook.supervisor.event.StepEvent.StepFailed;
import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.Network;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The default route goes by the first network that leads out, while networks come and go. */
class ConnectTest extends DecisionTest {
    @BeforeEach
    void networks() {
        for (String name : List.of("a", "b", "c", "inner")) {
            book.when(new NetworkCommand.CreateNetwork(new NetworkSpec(
                    name, List.of(), false, name.equals("inner"), true, OptionalInt.empty(), new TreeMap<>())));
            Network made = book.state().networks().values().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
            book.when(new DaemonCommand.NetworkIsReady(made.id(), "br-" + name));
        }
    }

    private void running(ContainerSpec container, AttachmentSpec... attachments) {
        PodSpec plain = Manifests.pod("web", RestartPolicy.ALWAYS, container);
        book.when(apply(new PodSpec(
                plain.name(), plain.labels(), plain.hostname(), plain.restartPolicy(), plain.terminationGrace(), plain.namespaces(),
                plain.containers(), plain.hostUsers(), plain.volumes(), NetworkingSpec.on(List.of(attachments)), plain.resources())));
        book.work();
    }

    private void runningOn(String... networks) {
        running(container("c", "busybox"), Arrays.stream(networks).map(AttachmentSpec::to).toArray(AttachmentSpec[]::new));
    }

    private static AttachmentSpec to(String network, int priority) {
        return new AttachmentSpec(network, Optional.empty(), Optional.empty(), List.of(), Optional.empty(), priority);
    }

    private Then disconnect(String network) {
        return book.when(new NetworkCommand.DisconnectPod("web", network));
    }

    private Then connect(String network, int priority) {
        return book.when(new NetworkCommand.ConnectPod("web", to(network, priority)));
    }

    /** The network by which the pod leaves. */
    private String way() {
        return book.pod("web").primary(book.state())
                .map(EndpointSpec::network)
                .map(id -> book.state().networks().get(id).name())
                .orElse("none");
    }

    @Test
    void whoIsNextTakesOverAndGivesBackWhenTheFirstReturns() {
        runningOn("inner", "a", "b");
        assertEquals("a", way());
        Then left = disconnect("a").then(PodDisconnecting.class);
        book.done("leave:eth1").then(EndpointLeft.class);
        assertFalse(left.answered(), "the route is not moved yet");
        assertTrue(book.done("route:eth2").one(EndpointRouted.class).defaultRoute());
        assertTrue(left.answered());
        assertEquals("b", way());

        connect("a", 0).then(PodConnecting.class);
        book.done("endpoint:eth1");
        assertFalse(book.done("route:eth2").one(EndpointRouted.class).defaultRoute());
        assertEquals("a", way());

        connect("c", 0);
        assertEquals(List.of("endpoint:eth3"), book.begun(), "a network that the manifest does not name comes last");
        book.work();
        assertEquals("a", way());
        book.replaysTheSame();
    }

    @Test
    void aHigherPriorityComesFirstWhereverItStands() {
        running(container("c", "busybox"), to("a", 1), to("b", 7));
        assertEquals("b", way());
        connect("c", 9);
        book.work();
        assertEquals("c", way());
        disconnect("c");
        book.work();
        assertEquals("b", way());
        disconnect("a");
        assertEquals(List.of("leave:eth0"), book.begun(), "it was not the way out");
        book.work();
        disconnect("b");
        assertEquals(List.of("leave:eth1"), book.begun(), "nobody is next");
        book.work();
        assertEquals("none", way());
    }

    @Test
    void aRouteThatCouldNotBeMovedIsTakenAgainUntilItIs() {
        runningOn("a", "b");
        disconnect("a");
        book.done("leave:eth0");
        book.failed("route:eth1", "IO").then(StepFailed.class);
        connect("a", 0).refused(ErrorCode.CONFLICT, "is tried again by itself");
        book.whenDue(TimerCommand.RetryPod.class).then(PodDisconnecting.class);
        assertTrue(book.done("route:eth1").one(EndpointRouted.class).defaultRoute());
        connect("a", 0).then(PodConnecting.class);
        book.work();
        assertEquals("a", way());
        book.replaysTheSame();
    }

    @Test
    void aNetworkThatCouldNotTakeOverGivesTheRouteBack() {
        runningOn("a");
        connect("b", 5);
        book.done("endpoint:eth1");
        book.failed("route:eth0", "IO").then(StepFailed.class, PodDisconnecting.class);
        book.done("leave:eth1");
        assertTrue(book.done("route:eth0").one(EndpointRouted.class).defaultRoute());
        assertEquals("a", way());
    }

    @Test
    void oneChangeOfAPodIsMadeAtATime() {
        runningOn("a", "b");
        disconnect("a");
        disconnect("b").refused(ErrorCode.CONFLICT, "try again in a moment");
        connect("c", 0).refused(ErrorCode.CONFLICT, "try again in a moment");
        book.work();
        disconnect("b").then(PodDisconnecting.class);
    }

    @Test
    void whatAPodPublishesThroughIsNotTakenOverWhileItRuns() {
        running(container("c", "busybox", 8080), to("a", 0));
        connect("b", 5).refused(ErrorCode.CONFLICT, "lower gateway priority");
        connect("b", 0).then(PodConnecting.class);
        book.work();
        disconnect("a").refused(ErrorCode.CONFLICT, "publishes its ports");
    }

    @Test
    void portsAreMadeUpForWhenAWayOutComes() {
        running(container("c", "busybox", 8080), to("inner", 0));
        assertTrue(book.pod("web").portHolder().isEmpty(), "nothing leads in");
        connect("a", 0);
        book.done("endpoint:eth1");
        book.done("ports");
        assertTrue(book.pod("web").portHolder().isPresent());
        disconnect("a").refused(ErrorCode.CONFLICT, "publishes its ports");
    }

    @Test
    void anInternalNetworkIsNotOpen() {
        book.when(new NetworkCommand.CreateNetwork(
                        new NetworkSpec("x", List.of(), false, true, false, OptionalInt.empty(), new TreeMap<>())))
                .refused(ErrorCode.INVALID, "contradict each other");
    }
}
