package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.daemon;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStopping;
import dev.stowbook.supervisor.event.ContainerEvent.RestartScheduled;
import dev.stowbook.supervisor.event.ExecEvent.ExecStarting;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.reconcile.Reconciler;
import dev.stowbook.supervisor.reconcile.Survey;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The crash table of the design: what is in the book, what is found, what is done. */
class ReconcilerTest extends DecisionTest {
    private static final Survey.Started STARTED = new Survey.Started(
            new ProcessIdentity(7, 70, "boot-1"), 1, new ProcessIdentity(6, 60, "boot-1"), new TreeMap<>(), List.of());

    private Survey.Finding finding = new Survey.Finding.Gone();
    private List<Survey.Orphan> orphans = List.of();
    private final List<String> looked = new java.util.ArrayList<>();

    private Reconciler.Plan reconcile() {
        Survey survey = new Survey() {
            @Override
            public Finding container(Container.Definition container, int attempt) {
                return finding;
            }

            @Override
            public void pod(Pod pod) {
                looked.add(pod.spec().name());
            }

            @Override
            public Finding exec(Exec exec) {
                return finding;
            }

            @Override
            public List<Orphan> orphans(State state) {
                return orphans;
            }
        };
        return Reconciler.reconcile(book.state(), survey, book.now());
    }

    private Survey.Finding ended(int code) {
        ExitStatus exit = new ExitStatus(ExitStatus.Kind.EXITED, code, OptionalInt.empty(), book.now(), true, "");
        return new Survey.Finding.Ended(Optional.of(STARTED), exit, 0);
    }

    private void readyToStartItsProcess() {
        book.when(apply(pod("web", RestartPolicy.ALWAYS, container("c", "busybox"))));
        for (String step : List.of("sandbox", "endpoint:eth0", "cgroup", "cgroup:c", "rootfs:c")) {
            book.done(step);
        }
    }

    private void submit(Reconciler.Plan plan) {
        plan.reports().forEach(book::when);
    }

    @Test
    void pendingWorkIsBegunAgainWithTheNetworkFirst() {
        book.when(apply(pod("web", container("c", "busybox"))));
        book.done("cgroup");
        List<Effect> resumed = reconcile().resumed();
        assertInstanceOf(Effect.EnsureNetwork.class, resumed.getFirst());
        assertEquals(
                List.of("cgroup:c", "rootfs:c", "sandbox"),
                resumed.stream()
                        .filter(Effect.StepEffect.class::isInstance)
                        .map(effect -> ((Effect.StepEffect) effect).step().name())
                        .toList());
    }

    /** The thaw begins when the daemon does, before what was pending is taken up: a freeze after it would be the last that the book hears of. */
    @Test
    void whatWasAboutToStandStillForACommitIsNotFrozenOnceItIsToGoOn() {
        running("web", RestartPolicy.NEVER);
        finding = new Survey.Finding.Alive(STARTED);
        book.when(new ContainerCommand.HoldForCommit("web"));
        book.powerLost(); // nothing of the old daemon's is done
        book.when(daemon("boot-1", SUBNET));
        Reconciler.Plan plan = reconcile();
        assertTrue(plan.resumed().stream().noneMatch(Effect.Freeze.class::isInstance), () -> plan.resumed().toString());
        assertTrue(plan.resumed().stream().anyMatch(Effect.Thaw.class::isInstance));
        submit(plan);
        book.work();
        assertTrue(book.state().operations().isEmpty(), () -> book.state().operations().toString());
        assertFalse(book.container("web", 0).paused());
    }

    @Test
    void whatWasAboutToBePausedIsFrozenAfterARestart() {
        running("web", RestartPolicy.NEVER);
        finding = new Survey.Finding.Alive(STARTED);
        book.when(new ContainerCommand.PauseContainer("web"));
        book.when(daemon("boot-1", SUBNET));
        assertTrue(reconcile().resumed().stream().anyMatch(Effect.Freeze.class::isInstance));
    }

    @Test
    void aProcessIsStartedAgainOnlyIfNeitherKeeperNorFileIsThere() {
        readyToStartItsProcess();
        assertTrue(reconcile().resumed().stream().anyMatch(Effect.StartProcess.class::isInstance));
        finding = new Survey.Finding.Alive(STARTED);
        Reconciler.Plan plan = reconcile();
        assertTrue(plan.resumed().stream().noneMatch(Effect.StartProcess.class::isInstance));
        submit(plan);
        assertEquals(7, book.container("web", 0).running().orElseThrow().process().pid());
    }

    @Test
    void aProcessThatBeganAndEndedWhileNobodyLookedHasBothInTheBook() {
        readyToStartItsProcess();
        finding = ended(3);
        submit(reconcile());
        assertEquals(1, book.all(StepEvent.ProcessStarted.class).count());
        assertEquals(3, book.container("web", 0).exit().orElseThrow().code());
        assertEquals(1, book.all(RestartScheduled.class).count());
    }

    @Test
    void aProcessThatCouldNotBeStartedWhileNobodyLookedHasFailed() {
        readyToStartItsProcess();
        ExitStatus exit = new ExitStatus(
                ExitStatus.Kind.START_FAILED, 127, OptionalInt.empty(), book.now(), true, "no such file");
        finding = new Survey.Finding.Ended(Optional.empty(), exit, 0);
        submit(reconcile());
        assertEquals(127, book.container("web", 0).exit().orElseThrow().code());
        assertEquals(0, book.all(StepEvent.ProcessStarted.class).count());
    }

    @Test
    void whatRunsGoesOnWhatEndedIsReportedAndWhatIsGoneWasLost() {
        running("web", RestartPolicy.NEVER);
        Container web = book.container("web", 0);
        finding = new Survey.Finding.Alive(STARTED);
        assertEquals(List.of(), reconcile().reports());
        finding = new Survey.Finding.Gone();
        assertEquals(List.<Command>of(new Report.ReportKeeperLost(web.id(), 1)), reconcile().reports());
        finding = ended(5);
        submit(reconcile());
        assertEquals(5, book.container("web", 0).exit().orElseThrow().code());
    }

    @Test
    void anExecWhoseAskerIsGoneIsNotBegunAnyMore() {
        running("web", RestartPolicy.NEVER);
        book.when(new ContainerCommand.StartExec(
                "web", List.of("ls"), List.of(), Optional.empty(), Optional.empty(), false, false, false));
        Survey.Finding alive = new Survey.Finding.Alive(STARTED);
        Report.CompleteStep report = (Report.CompleteStep) reconcile().reports().getLast();
        assertInstanceOf(StepEvent.ExecFailed.class, report.outcome());
        finding = alive;
        submit(reconcile());
        assertEquals(1, book.all(StepEvent.ExecStarted.class).count());
    }

    @Test
    void aSignalForAProcessThatHasEndedSinceIsGivenUp() {
        running("web", RestartPolicy.NEVER);
        book.when(new ContainerCommand.StopContainer("web", OptionalLong.of(1000))).one(ContainerStopping.class);
        assertTrue(reconcile().resumed().stream().anyMatch(Effect.SendSignal.class::isInstance));
        exits(book.container("web", 0), 0);
        Reconciler.Plan plan = reconcile();
        assertTrue(plan.resumed().stream().noneMatch(Effect.SendSignal.class::isInstance));
        submit(plan);
        book.powerLost();
        assertEquals(1, book.all(StepEvent.StepFailed.class).count());
        assertTrue(book.state().operations().values().stream().noneMatch(operation -> operation.awaits("signal:c")));
    }

    @Test
    void anExecForAContainerThatHasEndedSinceIsGivenUp() {
        running("web", RestartPolicy.NEVER);
        book.when(new ContainerCommand.StartExec(
                "web", List.of("ls"), List.of(), Optional.empty(), Optional.empty(), false, false, false))
                .one(ExecStarting.class);
        exits(book.container("web", 0), 0);
        submit(reconcile());
        assertEquals(1, book.all(StepEvent.ExecFailed.class).count());
        assertTrue(book.state().execs().isEmpty());
    }

    @Test
    void everyMomentThatTheStateWaitsForIsSetAgain() {
        running("web", RestartPolicy.ALWAYS);
        running("db", RestartPolicy.ALWAYS);
        running("job", RestartPolicy.ALWAYS);
        finding = new Survey.Finding.Alive(STARTED);
        exits(book.container("web", 0), 1);
        book.when(new ContainerCommand.StopContainer("db", OptionalLong.of(1000)));
        book.when(new ContainerCommand.StopContainer("job", OptionalLong.of(0)));
        book.failed("freeze:c", "IO");
        List<Class<?>> kinds = reconcile().resumed().stream()
                .filter(Effect.Schedule.class::isInstance)
                .<Class<?>>map(effect -> ((Effect.Schedule) effect).command().getClass())
                .toList();
        assertEquals(
                List.of(TimerCommand.RestartDue.class, TimerCommand.GraceExpired.class, TimerCommand.RetryPod.class),
                kinds);
    }

    @Test
    void whatNobodyKnowsIsReported() {
        orphans = List.of(new Survey.Orphan("sandbox", "f".repeat(64)));
        assertEquals(List.<Command>of(new Report.ReportOrphan("sandbox", "f".repeat(64))), reconcile().reports());
    }
}
