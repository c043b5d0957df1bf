package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.daemon;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.event.ContainerEvent.ProcessExited;
import dev.stowbook.supervisor.event.DaemonEvent.DaemonStarted;
import dev.stowbook.supervisor.event.DaemonEvent.InstanceCreated;
import dev.stowbook.supervisor.event.DaemonEvent.OrphanFound;
import dev.stowbook.supervisor.event.ExecEvent.ExecExited;
import dev.stowbook.supervisor.event.NetworkEvent.NetworkCreated;
import dev.stowbook.supervisor.event.NetworkEvent.NetworkReady;
import dev.stowbook.supervisor.event.PodEvent.PodRemoving;
import dev.stowbook.supervisor.event.PodEvent.PodRestartScheduled;
import dev.stowbook.supervisor.event.PodEvent.PodStarting;
import dev.stowbook.supervisor.event.PodEvent.PodStopped;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What happens when a daemon takes a book over, and orphans. */
class DaemonTest extends DecisionTest {
    private Then reboot() {
        book.powerLost();
        return book.when(daemon("boot-2", SUBNET));
    }

    @Test
    void theFirstEntryFixesTheInstanceAndMakesTheDefaultNetwork() {
        book = new Book(DecisionSettings.defaults());
        book.when(daemon("boot-1", SUBNET)).then(InstanceCreated.class, DaemonStarted.class, NetworkCreated.class);
        book.when(new DaemonCommand.CreateInstance()).then();
        assertEquals(12, book.state().instance().id().length());
        assertEquals("10.88.0.1", book.all(NetworkCreated.class).findFirst().orElseThrow().subnets().getFirst().gateway());
    }

    @Test
    void aDaemonOnTheSameBootChangesNothingOfWhatRuns() {
        running("web", RestartPolicy.ALWAYS);
        book.when(daemon("boot-1", SUBNET)).then(DaemonStarted.class);
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
    }

    @Test
    void afterAnotherBootEverythingHasEndedAndPoliciesDecide() {
        running("always", RestartPolicy.ALWAYS);
        running("failing", RestartPolicy.ON_FAILURE);
        running("never", RestartPolicy.NEVER);
        book.when(new ContainerCommand.StartExec(
                "never", List.of("ls"), List.of(), Optional.empty(), Optional.empty(), false, false, false));
        Then then = reboot();
        assertTrue(then.one(DaemonStarted.class).rebooted());
        assertEquals(3, then.events().stream().filter(ProcessExited.class::isInstance).count());
        assertEquals(3, then.events().stream().filter(PodStopped.class::isInstance).count());
        assertEquals(2, then.events().stream().filter(PodRestartScheduled.class::isInstance).count());
        assertEquals(1, then.events().stream().filter(ExecExited.class::isInstance).count());
        ExitStatus exit = book.container("never", 0).exit().orElseThrow();
        assertEquals(ExitStatus.Kind.HOST_REBOOTED, exit.kind());
        assertTrue(exit.observedLate());
        assertTrue(book.state().operations().isEmpty());
        book.whenDue(TimerCommand.PodRestartDue.class).then(PodStarting.class);
        book.whenDue(TimerCommand.PodRestartDue.class).then(PodStarting.class);
        book.work();
        assertEquals(Pod.Phase.RUNNING, book.pod("always").phase());
        assertEquals(Pod.Phase.RUNNING, book.pod("failing").phase());
        assertEquals(Pod.Phase.STOPPED, book.pod("never").phase());
    }

    @Test
    void whatWasToStopIsNotStartedByAReboot() {
        running("web", RestartPolicy.ALWAYS);
        book.when(new PodCommand.StopPod("web", OptionalLong.empty()));
        reboot();
        assertEquals(Pod.Phase.STOPPED, book.pod("web").phase());
        assertEquals(0, book.all(PodRestartScheduled.class).count());
    }

    @Test
    void whatWasToBeRemovedIsRemovedByAReboot() {
        running("web", RestartPolicy.ALWAYS);
        book.when(new PodCommand.RemovePods(List.of("web"), true, false, OptionalLong.empty()));
        reboot().one(PodRemoving.class);
        book.work();
        assertTrue(book.state().pods().isEmpty());
    }

    @Test
    void aStartThatARebootInterruptedIsTakenFromTheBeginning() {
        book.when(apply(pod("web", RestartPolicy.ALWAYS, container("c", "busybox"))));
        book.done("sandbox");
        reboot().one(PodRestartScheduled.class);
        book.whenDue(TimerCommand.PodRestartDue.class);
        book.work();
        assertEquals(2, book.pod("web").generation());
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
    }

    @Test
    void aPodThatWasTakenDownToBeTriedAgainIsTriedAgainAfterAReboot() {
        book.when(apply(pod("web", RestartPolicy.ALWAYS, container("c", "busybox"))));
        book.failed("sandbox", "IO");
        book.done("cgroup");
        book.done("rootfs:c");
        assertEquals(Pod.Phase.STOPPING, book.pod("web").phase());
        reboot().one(PodRestartScheduled.class);
    }

    @Test
    void aNetworkThatIsReadyIsSaidOnce() {
        var id = book.state().networks().firstKey();
        book.when(new DaemonCommand.NetworkIsReady(id, "br0")).then(NetworkReady.class);
        book.when(new DaemonCommand.NetworkIsReady(id, "br0")).then();
        reboot();
        book.when(new DaemonCommand.NetworkIsReady(id, "br0")).then(NetworkReady.class);
    }

    @Test
    void anOrphanIsWhatNobodyKnowsAtThatMoment() {
        book.when(new Report.ReportOrphan("sandbox", "f".repeat(64))).then(OrphanFound.class);
        running("web", RestartPolicy.NEVER);
        Pod pod = book.pod("web");
        String container = pod.containers().getFirst().value();
        String endpoint = pod.network().endpoints().getFirst().id().value();
        for (String known : List.of(
                pod.id().value(), pod.id() + "/" + container, endpoint + "/1", container, "cache-base",
                book.container("web", 0).definition().layerId())) {
            book.when(new Report.ReportOrphan("any", known)).then();
        }
        book.when(new Report.ReportOrphan("endpoint", endpoint + "/7")).then(OrphanFound.class);
        exits(book.container("web", 0), 0);
        book.work();
        book.when(new Report.ReportOrphan("cgroup", pod.id() + "/" + container)).then(OrphanFound.class);
    }
}
