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
import dev.stowbook.supervisor.event.ContainerEvent.ContainerKilling;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerSignalling;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStopping;
import dev.stowbook.supervisor.event.ContainerEvent.KeeperLost;
import dev.stowbook.supervisor.event.ContainerEvent.ProcessExited;
import dev.stowbook.supervisor.event.ContainerEvent.RestartCancelled;
import dev.stowbook.supervisor.event.ContainerEvent.RestartScheduled;
import dev.stowbook.supervisor.event.ContainerEvent.StopRequested;
import dev.stowbook.supervisor.event.PodEvent.PodStopping;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.model.StepKind;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class StopTest extends DecisionTest {
    private Then stop(long graceMillis) {
        return book.when(new ContainerCommand.StopContainer("web/c", OptionalLong.of(graceMillis)));
    }

    private Container web() {
        return book.container("web", 0);
    }

    @Test
    void itsStopSignalComesFirstThenItsGraceThenItIsFrozenAndKilled() {
        running("web", RestartPolicy.ALWAYS);
        Then stop = stop(3000);
        ContainerStopping stopping = stop.then(StopRequested.class, ContainerStopping.class).one(ContainerStopping.class);
        assertEquals("QUIT", stopping.signal(), "the image's own stop signal");
        assertEquals(book.now().plusSeconds(3), stopping.deadline());
        book.done("signal:c");
        ContainerKilling killing = book.whenDue(TimerCommand.GraceExpired.class)
                .then(ContainerKilling.class)
                .one(ContainerKilling.class);
        assertEquals(stopping.deadline(), book.now());
        assertEquals(
                List.of(StepKind.FREEZE, StepKind.KILL),
                killing.steps().stream().map(step -> step.kind()).toList());
        assertEquals(List.of("freeze:c"), book.begun(), "nothing is killed before all stands still");
        book.done("freeze:c");
        book.done("kill:c");
        assertFalse(stop.answered());
        exits(web(), 137).then(ProcessExited.class, PodStopping.class);
        assertTrue(stop.answered());
    }

    @Test
    void aContainerThatEndsInTimeIsNotKilledAndNotStartedAgain() {
        running("web", RestartPolicy.ALWAYS);
        stop(3000);
        book.work();
        exits(web(), 0).then(ProcessExited.class, PodStopping.class);
        book.whenDue(TimerCommand.GraceExpired.class).then();
    }

    @Test
    void withoutGraceItIsKilledAtOnce() {
        running("web", RestartPolicy.NEVER);
        stop(0).then(StopRequested.class, ContainerKilling.class);
    }

    @Test
    void whoeverAsksAgainWithLessGraceGetsIt() {
        running("web", RestartPolicy.NEVER);
        stop(10_000);
        ContainerStopping sooner = stop(1000).then(StopRequested.class, ContainerStopping.class)
                .one(ContainerStopping.class);
        assertEquals(book.now().plusSeconds(1), sooner.deadline());
        stop(5000).then();
        stop(0).then(StopRequested.class, ContainerKilling.class);
        stop(0).then();
    }

    @Test
    void lessGraceThatEndsLaterThanTheFirstDeadlineMovesNothing() {
        running("web", RestartPolicy.NEVER);
        stop(10_000);
        book.pass(Duration.ofSeconds(9));
        stop(5000).then(StopRequested.class);
    }

    @Test
    void aKillThatFailedIsTriedAgain() {
        running("web", RestartPolicy.NEVER);
        stop(0);
        book.failed("freeze:c", "IO").then(StepEvent.StepFailed.class);
        book.whenDue(TimerCommand.RetryPod.class).then(ContainerKilling.class);
        book.done("freeze:c");
        book.failed("kill:c", "IO");
        book.whenDue(TimerCommand.RetryPod.class).then(ContainerKilling.class);
        book.work();
        exits(web(), 137);
        book.work();
        assertEquals(Pod.Phase.STOPPED, book.pod("web").phase());
        assertTrue(book.state().operations().isEmpty());
    }

    @Test
    void aContainerThatWaitsToBeStartedAgainIsStoppedByCallingThatOff() {
        running("web", RestartPolicy.ALWAYS);
        exits(web(), 1);
        stop(0).then(StopRequested.class, RestartCancelled.class, PodStopping.class);
        book.whenDue(TimerCommand.RestartDue.class).then();
    }

    @Test
    void aStoppedContainerIsStoppedAlready() {
        running("web", RestartPolicy.NEVER);
        exits(web(), 0);
        Then then = stop(0);
        then.then();
        assertTrue(then.answered());
    }

    @Test
    void killWithKillEndsItForGood() {
        running("web", RestartPolicy.ALWAYS);
        Then kill = book.when(new ContainerCommand.KillContainer("web", "SIGKILL"));
        kill.then(StopRequested.class, ContainerKilling.class);
        book.work();
        exits(web(), 137).then(ProcessExited.class, PodStopping.class);
        assertTrue(kill.answered());
    }

    @Test
    void anyOtherSignalIsSentAndThatIsAll() {
        running("web", RestartPolicy.ALWAYS);
        Then kill = book.when(new ContainerCommand.KillContainer("web", "hup"));
        assertEquals("HUP", kill.then(ContainerSignalling.class).one(ContainerSignalling.class).signal());
        assertFalse(kill.answered());
        book.done("signal:c");
        assertTrue(kill.answered());
        exits(web(), 129).then(ProcessExited.class, RestartScheduled.class);
    }

    @Test
    void whatDoesNotRunCannotBeSignalledAndThereAreNoInventedSignals() {
        running("web", RestartPolicy.NEVER);
        book.when(new ContainerCommand.KillContainer("web", "SIGFOO")).refused(ErrorCode.INVALID, "no signal SIGFOO");
        exits(web(), 0);
        book.when(new ContainerCommand.KillContainer("web", "TERM"))
                .refused(ErrorCode.CONFLICT, "container web/c is not running: it is exited");
        book.when(new PodCommand.KillPod("web", "TERM")).refused(ErrorCode.CONFLICT, "no running container");
    }

    @Test
    void stoppingAPodStopsAllItsContainersAndAnswersWhenNothingOfItIsLeft() {
        book.when(apply(pod("web", container("c", "busybox"), container("d", "busybox"))));
        book.work();
        Then stop = book.when(new PodCommand.StopPod("web", OptionalLong.empty()));
        stop.then(StopRequested.class, StopRequested.class, ContainerStopping.class, ContainerStopping.class);
        assertEquals(
                book.now().plusSeconds(10),
                book.all(ContainerStopping.class).findFirst().orElseThrow().deadline(),
                "the manifest's grace period");
        book.work();
        exits(book.container("web", 0), 0);
        exits(book.container("web", 1), 0);
        assertFalse(stop.answered());
        book.work();
        assertTrue(stop.answered());
    }

    @Test
    void whatFailsWhileTakingDownIsTriedAgainUntilItSucceeds() {
        running("web", RestartPolicy.NEVER);
        exits(web(), 0);
        book.failed("cgroup:c", "BUSY");
        book.done("leave:eth0");
        assertEquals(Pod.Phase.STOPPING, book.pod("web").phase());
        book.whenDue(TimerCommand.RetryPod.class).then(PodStopping.class);
        book.work();
        assertEquals(Pod.Phase.STOPPED, book.pod("web").phase());
    }

    @Test
    void takingDownIsTriedAgainEvenIfTheFailureWasNotTheLastOutcome() {
        running("web", RestartPolicy.NEVER);
        exits(web(), 0);
        book.failed("cgroup:c", "BUSY");
        assertEquals(0, book.timers(TimerCommand.RetryPod.class).size(), "other steps still run");
        book.done("leave:eth0");
        assertEquals(1, book.timers(TimerCommand.RetryPod.class).size());
    }

    @Test
    void whatALostKeeperLeftIsKilledAndThePolicyDecides() {
        running("web", RestartPolicy.ON_FAILURE);
        book.when(new Report.ReportKeeperLost(web().id(), 1)).then(KeeperLost.class, ContainerKilling.class);
        book.when(new Report.ReportKeeperLost(web().id(), 1)).then();
        book.done("freeze:c");
        Then then = book.done("kill:c");
        then.then(StepEvent.ProcessesKilled.class, ProcessExited.class, RestartScheduled.class);
        assertEquals(ExitStatus.Kind.KEEPER_LOST, then.one(ProcessExited.class).exit().kind());
    }

    @Test
    void aKeeperLostWhileStoppingIsNotStartedAgain() {
        running("web", RestartPolicy.ALWAYS);
        stop(3000);
        book.when(new Report.ReportKeeperLost(web().id(), 1)).then(KeeperLost.class, ContainerKilling.class);
        book.work();
        assertEquals(Container.Phase.EXITED, web().phase());
        assertEquals(0, book.all(RestartScheduled.class).count());
    }

    @Test
    void whoeverStopsAContainerWhoseKeeperIsLostIsHeard() {
        running("web", RestartPolicy.ALWAYS);
        book.when(new Report.ReportKeeperLost(web().id(), 1));
        stop(0).then(StopRequested.class);
        book.work();
        assertEquals(Container.Phase.EXITED, web().phase());
        assertEquals(0, book.all(RestartScheduled.class).count());
    }

    @Test
    void whatALostKeeperLeftHasNotEndedWhileKillingItFails() {
        running("web", RestartPolicy.NEVER);
        book.when(new Report.ReportKeeperLost(web().id(), 1));
        book.failed("freeze:c", "IO").then(StepEvent.StepFailed.class);
        assertTrue(web().running().isPresent());
        book.whenDue(TimerCommand.RetryPod.class).then(ContainerKilling.class);
        book.done("freeze:c");
        book.done("kill:c").then(StepEvent.ProcessesKilled.class, ProcessExited.class, PodStopping.class);
    }
}
