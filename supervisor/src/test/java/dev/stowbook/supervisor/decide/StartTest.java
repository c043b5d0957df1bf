package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerKilling;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStopping;
import dev.stowbook.supervisor.event.ContainerEvent.ProcessExited;
import dev.stowbook.supervisor.event.ContainerEvent.RestartScheduled;
import dev.stowbook.supervisor.event.ContainerEvent.StopRequested;
import dev.stowbook.supervisor.event.PodEvent.AddressReassigned;
import dev.stowbook.supervisor.event.PodEvent.PodRestartCancelled;
import dev.stowbook.supervisor.event.PodEvent.PodRestartScheduled;
import dev.stowbook.supervisor.event.PodEvent.PodStarting;
import dev.stowbook.supervisor.event.PodEvent.PodStopped;
import dev.stowbook.supervisor.event.PodEvent.PodStopping;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class StartTest extends DecisionTest {

    @Test
    void independentStepsBeginSideBySideAndAProcessWaitsForAllOfItsOwn() {
        book.when(apply(pod("web", container("c", "busybox", 8080))));
        assertEquals(List.of("cgroup", "rootfs:c", "sandbox"), book.begun().stream().sorted().toList());
        book.done("sandbox");
        assertTrue(book.begun().contains("endpoint:eth0"));
        book.done("cgroup");
        book.done("endpoint:eth0");
        book.done("rootfs:c");
        book.done("cgroup:c");
        assertEquals(List.of("ports"), book.begun());
        book.done("ports");
        assertEquals(List.of("process:c"), book.begun());
        assertEquals(Pod.Phase.STARTING, book.pod("web").phase());
        book.done("process:c");
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
    }

    @Test
    void anOutcomeThatComesTwiceIsWrittenOnce() {
        book.when(apply(pod("web", container("c", "busybox"))));
        var sandbox = book.effects().stream()
                .filter(Effect.CreateSandbox.class::isInstance)
                .map(Effect.CreateSandbox.class::cast)
                .findFirst()
                .orElseThrow();
        var report = new Report.CompleteStep(Outcomes.success(sandbox));
        book.when(report).then(StepEvent.SandboxCreated.class);
        book.when(report).then();
    }

    @Test
    void anAddressThatTheHostHasIsReplacedByTheNextAndTheStepIsTakenAgain() {
        book.when(apply(pod("web", container("c", "busybox"))));
        book.done("sandbox");
        AddressReassigned reassigned = book.failed("endpoint:eth0", "IN_USE").then(AddressReassigned.class)
                .one(AddressReassigned.class);
        assertEquals(List.of("10.88.0.2"), reassigned.refused());
        assertEquals(List.of(new EndpointAddress("10.88.0.3", false)), reassigned.addresses());
        book.work();
        assertEquals(Optional.of("10.88.0.3"), book.pod("web").network().address());
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
        assertFalse(book.state().networks().values().iterator().next().pools().getFirst().taken().containsKey(2L));
    }

    @Test
    void whenNoAddressIsLeftTheStartFailsInstead() {
        given(DecisionSettings.defaults(), "10.1.1.0/30");
        book.when(apply(pod("web", container("c", "busybox"))));
        book.done("sandbox");
        book.failed("endpoint:eth0", "IN_USE").one(StepEvent.StepFailed.class);
    }

    @Test
    void aPodThatCannotBeStartedAsAWholeIsTakenDownAgain() {
        book.when(apply(pod("web", container("c", "busybox"))));
        book.done("cgroup");
        book.done("cgroup:c");
        book.done("rootfs:c");
        Then then = book.failed("sandbox", "IO");
        then.then(StepEvent.StepFailed.class, ProcessExited.class, PodStopping.class);
        ExitStatus exit = then.one(ProcessExited.class).exit();
        assertEquals(ExitStatus.Kind.START_FAILED, exit.kind());
        assertEquals(128, exit.code());
        book.work();
        assertEquals(Pod.Phase.STOPPED, book.pod("web").phase());
    }

    @Test
    void nothingIsTakenDownWhileAStepOfTheFailedStartStillRuns() {
        book.when(apply(pod("web", container("c", "busybox"))));
        book.failed("sandbox", "IO").then(StepEvent.StepFailed.class);
        book.done("cgroup").then(StepEvent.CgroupCreated.class);
        book.done("rootfs:c").then(StepEvent.RootfsPrepared.class, ProcessExited.class, PodStopping.class);
    }

    @Test
    void aPodThatCouldNotBeStartedAsAWholeIsTriedAgainAsItsPolicySays() {
        book.when(apply(pod("web", RestartPolicy.ON_FAILURE, container("c", "busybox"))));
        book.failed("sandbox", "IO");
        book.work();
        assertEquals(1, book.all(PodRestartScheduled.class).count());
        book.whenDue(TimerCommand.PodRestartDue.class).then(PodStarting.class);
        book.failed("sandbox", "IO");
        book.work();
        assertEquals(2, book.pod("web").failures());
        book.whenDue(TimerCommand.PodRestartDue.class);
        book.work();
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
        assertEquals(3, book.pod("web").generation());
    }

    @Test
    void whoeverStopsAPodWhoseStartFailsIsNotForgotten() {
        book.when(apply(pod("web", RestartPolicy.ALWAYS, container("c", "busybox"))));
        book.failed("sandbox", "IO");
        book.when(new PodCommand.StopPod("web", OptionalLong.empty()))
                .then(PodRestartCancelled.class, StopRequested.class);
        book.work();
        assertEquals(Pod.Phase.STOPPED, book.pod("web").phase());
        assertEquals(0, book.all(PodRestartScheduled.class).count());
    }

    @Test
    void aPodThatWaitsToBeTriedAgainIsNotTriedOnceItIsStopped() {
        book.when(apply(pod("web", RestartPolicy.ALWAYS, container("c", "busybox"))));
        book.failed("sandbox", "IO");
        book.work();
        Then then = book.when(new PodCommand.StopPod("web", OptionalLong.empty()));
        then.then(PodRestartCancelled.class);
        assertTrue(then.answered());
        book.whenDue(TimerCommand.PodRestartDue.class).then();
    }

    @Test
    void aRunningContainerOfAPodThatCouldNotBeStartedAsAWholeIsKilled() {
        book.when(apply(pod("web", container("a", "busybox"), container("b", "busybox"))));
        for (String step : List.of("sandbox", "endpoint:eth0", "cgroup", "cgroup:a", "cgroup:b", "rootfs:a", "process:a")) {
            book.done(step);
        }
        book.failed("rootfs:b", "IO").then(StepEvent.StepFailed.class, ContainerKilling.class, ProcessExited.class);
        book.work();
        exits(book.container("web", 0), 137).then(ProcessExited.class, PodStopping.class);
    }

    @Test
    void aContainerThatWaitsToRestartGivesUpWhenItsPodCannotBeStartedAsAWhole() {
        book.when(apply(pod("web", RestartPolicy.ALWAYS, container("a", "busybox"), container("b", "busybox"))));
        for (String step : List.of("sandbox", "endpoint:eth0", "cgroup", "cgroup:a", "cgroup:b", "rootfs:a", "process:a")) {
            book.done(step);
        }
        exits(book.container("web", 0), 1).then(ProcessExited.class, RestartScheduled.class);
        book.failed("rootfs:b", "IO");
        assertEquals(Container.Phase.EXITED, book.container("web", 0).phase());
        assertEquals(Pod.Phase.STOPPING, book.pod("web").phase());
        book.whenDue(TimerCommand.RestartDue.class).then();
    }

    @Test
    void aRestartThatIsUnderWayWhenThePodFailsIsWaitedForAndThenKilled() {
        book.when(apply(pod("web", RestartPolicy.ALWAYS, container("a", "busybox"), container("b", "busybox"))));
        for (String step : List.of("sandbox", "endpoint:eth0", "cgroup", "cgroup:a", "cgroup:b", "rootfs:a", "process:a")) {
            book.done(step);
        }
        exits(book.container("web", 0), 1);
        book.whenDue(TimerCommand.RestartDue.class);
        book.failed("rootfs:b", "IO").then(StepEvent.StepFailed.class, ProcessExited.class);
        assertEquals(Container.Phase.STARTING, book.container("web", 0).phase());
        book.done("process:a").then(StepEvent.ProcessStarted.class, ContainerKilling.class);
    }

    @Test
    void aProcessThatCannotBeStartedConcernsItsContainerAlone() {
        book.when(apply(pod("web", container("a", "busybox"), container("b", "busybox"))));
        for (String step : List.of("sandbox", "endpoint:eth0", "cgroup", "cgroup:a", "cgroup:b", "rootfs:a", "rootfs:b")) {
            book.done(step);
        }
        Then then = book.failed("process:a", "EXEC");
        then.then(StepEvent.StepFailed.class, ProcessExited.class);
        assertEquals(127, then.one(ProcessExited.class).exit().code());
        book.done("process:b");
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
        assertTrue(book.container("web", 1).running().isPresent());
    }

    @Test
    void anExitThatIsToldOfBeforeItsStartIsKept() {
        book.when(apply(pod("web", container("c", "busybox"))));
        for (String step : List.of("sandbox", "endpoint:eth0", "cgroup", "cgroup:c", "rootfs:c")) {
            book.done(step);
        }
        exits(book.container("web", 0), 3).then(ProcessExited.class);
        book.done("process:c").then(StepEvent.ProcessStarted.class, PodStopping.class);
        Container container = book.container("web", 0);
        assertEquals(Container.Phase.EXITED, container.phase());
        assertTrue(container.running().isEmpty());
        assertEquals(3, container.exit().orElseThrow().code());
    }

    @Test
    void aStopAskedForWhileStartingIsCarriedOutAsSoonAsItRuns() {
        book.when(apply(pod("web", container("c", "busybox"))));
        for (String step : List.of("sandbox", "endpoint:eth0", "cgroup", "cgroup:c", "rootfs:c")) {
            book.done(step);
        }
        Then stop = book.when(new ContainerCommand.StopContainer("web/c", OptionalLong.empty()));
        stop.then(StopRequested.class);
        book.done("process:c").then(StepEvent.ProcessStarted.class, ContainerStopping.class);
        assertFalse(stop.answered());
        exits(book.container("web", 0), 0);
        assertTrue(stop.answered());
    }

    @Test
    void startIsAnsweredWhenThePodRunsOrHasFailed() {
        running("web", RestartPolicy.NEVER);
        exits(book.container("web", 0), 0);
        book.work();
        Then start = book.when(new PodCommand.StartPod("web"));
        start.then(PodStarting.class);
        assertFalse(start.answered());
        book.work();
        assertTrue(start.answered());
        assertEquals(2, book.container("web", 0).attempt());
        book.when(new PodCommand.StartPod("web")).then();
    }

    @Test
    void aPodRunsNoLongerWhenAllItsContainersHaveEnded() {
        book.when(apply(pod("web", container("a", "busybox"), container("b", "busybox"))));
        book.work();
        exits(book.container("web", 0), 0).then(ProcessExited.class);
        exits(book.container("web", 1), 0).then(ProcessExited.class, PodStopping.class);
        for (String step : List.of("leave:eth0", "sandbox", "cgroup:a", "cgroup:b")) {
            book.done(step);
        }
        book.done("cgroup").then(StepEvent.CgroupDestroyed.class, PodStopped.class);
    }

    @Test
    void reportsOfAnEarlierAttemptMeanNothing() {
        running("web", RestartPolicy.ALWAYS);
        Container first = book.container("web", 0);
        exits(first, 0);
        book.whenDue(TimerCommand.RestartDue.class);
        book.work();
        exits(first, 9).then();
        ExitStatus exit = new ExitStatus(
                ExitStatus.Kind.EXITED, 0, OptionalInt.empty(), book.now(), false, "");
        book.when(new Report.ReportExit(first.id(), 7, exit, 0)).then();
        book.when(new Report.ReportKeeperLost(first.id(), 1)).then();
    }
}
