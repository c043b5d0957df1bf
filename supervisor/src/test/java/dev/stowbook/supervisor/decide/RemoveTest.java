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
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStopping;
import dev.stowbook.supervisor.event.ContainerEvent.RestartCancelled;
import dev.stowbook.supervisor.event.ContainerEvent.StopRequested;
import dev.stowbook.supervisor.event.ExecEvent.ExecExited;
import dev.stowbook.supervisor.event.ExecEvent.ExecStarting;
import dev.stowbook.supervisor.event.PodEvent.PodRemovalRequested;
import dev.stowbook.supervisor.event.PodEvent.PodRemoved;
import dev.stowbook.supervisor.event.PodEvent.PodRemoving;
import dev.stowbook.supervisor.event.PodEvent.PodStopping;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Removing pods, and exec, which a removal waits for. */
class RemoveTest extends DecisionTest {
    private static PodCommand.RemovePods remove(boolean force, String... pods) {
        return new PodCommand.RemovePods(List.of(pods), force, false, OptionalLong.empty());
    }

    private static ContainerCommand.StartExec exec(String container, List<String> env, boolean tty) {
        return new ContainerCommand.StartExec(
                container, List.of("ls"), env, Optional.empty(), Optional.empty(), tty, false, false);
    }

    @Test
    void aStoppedPodGoesWithItsLayersFilesAddressAndPorts() {
        book.when(apply(pod("web", container("c", "busybox", 8080))));
        book.work();
        exits(book.container("web", 0), 0);
        book.work();
        book.effects();
        Then then = book.when(remove(false, "web"));
        then.then(PodRemovalRequested.class, PodRemoving.class);
        assertTrue(book.effects().stream().allMatch(Effect::afterDurable), "what destroys data waits for the sync");
        book.done("rootfs:c");
        assertFalse(then.answered());
        book.done("files").then(StepEvent.FilesRemoved.class, PodRemoved.class);
        assertTrue(then.answered());
        assertTrue(book.state().containers().isEmpty());
        assertTrue(book.state().publishedPorts().isEmpty());
        assertTrue(book.state().networks().values().iterator().next().members().isEmpty());
        assertTrue(book.state().operations().isEmpty());
    }

    @Test
    void aRunningPodIsRemovedByForceOnly() {
        running("web", RestartPolicy.NEVER);
        book.when(remove(false, "web")).refused(ErrorCode.CONFLICT, "pod web is running: stop it first");
        Then then = book.when(remove(true, "web"));
        then.then(PodRemovalRequested.class, StopRequested.class, ContainerStopping.class);
        book.work();
        exits(book.container("web", 0), 0);
        book.work();
        assertTrue(then.answered());
        assertTrue(book.state().pods().isEmpty());
    }

    @Test
    void severalPodsAreRemovedAllOrNone() {
        running("one", RestartPolicy.NEVER);
        exits(book.container("one", 0), 0);
        book.work();
        running("two", RestartPolicy.NEVER);
        book.when(remove(false, "one", "two")).refused(ErrorCode.CONFLICT, "pod two is running");
        assertFalse(book.pod("one").removalRequested());
        book.when(remove(false, "one", "three")).refused(ErrorCode.NOT_FOUND, "there is no pod three");
    }

    @Test
    void whatIsAbsentMayBeFine() {
        Then then = book.when(new PodCommand.RemovePods(List.of("web"), false, true, OptionalLong.empty()));
        then.then();
        assertEquals("absent", ((Answer.Pods) then.answer()).pods().getFirst().action());
    }

    @Test
    void anAbsentPodOfAManifestIsNotTakenForOneWhoseIdBeginsWithItsName() {
        running("web", RestartPolicy.NEVER);
        String prefix = book.pod("web").id().value().substring(0, 63);
        book.when(new PodCommand.RemovePods(List.of(prefix), true, true, OptionalLong.empty())).then();
        assertEquals(1, book.when(remove(true, prefix)).events().stream()
                .filter(PodRemovalRequested.class::isInstance)
                .count());
    }

    @Test
    void aContainerThatWaitsToBeStartedAgainIsRemovedByForce() {
        running("web", RestartPolicy.ALWAYS);
        exits(book.container("web", 0), 1);
        book.when(remove(false, "web")).refused(ErrorCode.CONFLICT, "is running");
        book.when(remove(true, "web"))
                .then(PodRemovalRequested.class, StopRequested.class, RestartCancelled.class, PodStopping.class);
        book.work();
        assertTrue(book.state().pods().isEmpty());
    }

    @Test
    void aRemovalThatFailedIsTriedAgain() {
        running("web", RestartPolicy.NEVER);
        exits(book.container("web", 0), 0);
        book.work();
        book.when(remove(false, "web"));
        book.failed("rootfs:c", "BUSY");
        book.done("files");
        book.whenDue(TimerCommand.RetryPod.class).then(PodRemoving.class);
        book.work();
        assertTrue(book.state().pods().isEmpty());
    }

    @Test
    void whatIsBeingRemovedIsNotStarted() {
        running("web", RestartPolicy.NEVER);
        book.when(remove(true, "web"));
        book.when(new PodCommand.StartPod("web")).refused(ErrorCode.CONFLICT, "is being removed");
    }

    @Test
    void anExecHasTheContainersEnvironmentWithItsOwnOverIt() {
        running("web", RestartPolicy.NEVER);
        Then then = book.when(exec("web", List.of("LANG=de"), true));
        ExecStarting starting = then.then(ExecStarting.class).one(ExecStarting.class);
        assertTrue(starting.process().env().contains("LANG=de"));
        assertFalse(starting.process().env().contains("LANG=C"));
        assertTrue(starting.process().env().contains("TERM=xterm"));
        assertFalse(then.answered());
        book.done("exec");
        assertTrue(then.answered());
        ExitStatus exit = new ExitStatus(ExitStatus.Kind.EXITED, 4, OptionalInt.empty(), book.now(), false, "");
        book.when(new Report.ReportExecExit(starting.exec(), exit)).then(ExecExited.class);
        book.when(new Report.ReportExecExit(starting.exec(), exit)).then();
        assertEquals(4, book.state().execs().get(starting.exec()).exit().orElseThrow().code());
    }

    @Test
    void anExecThatCannotBeStartedLeavesNothing() {
        running("web", RestartPolicy.NEVER);
        Then then = book.when(exec("web", List.of(), false));
        book.failed("exec", "EXEC").then(StepEvent.ExecFailed.class);
        assertTrue(then.answered());
        assertTrue(book.state().execs().isEmpty());
        assertTrue(book.state().operations().isEmpty());
    }

    @Test
    void anExecNeedsARunningContainerACommandAndProperVariables() {
        running("web", RestartPolicy.NEVER);
        book.when(exec("web", List.of("nonsense"), false)).refused(ErrorCode.INVALID, "not NAME=value: nonsense");
        book.when(new ContainerCommand.StartExec(
                        "web", List.of(), List.of(), Optional.empty(), Optional.empty(), false, false, false))
                .refused(ErrorCode.INVALID, "exec needs a command");
        exits(book.container("web", 0), 0);
        book.when(exec("web", List.of(), false)).refused(ErrorCode.CONFLICT, "is not running");
    }

    @Test
    void aPodIsNotTakenDownWhileAnExecOfItRuns() {
        running("web", RestartPolicy.NEVER);
        ExecId exec = book.when(exec("web", List.of(), false)).one(ExecStarting.class).exec();
        book.done("exec");
        assertFalse(exits(book.container("web", 0), 0).events().stream().anyMatch(PodStopping.class::isInstance));
        ExitStatus exit = new ExitStatus(ExitStatus.Kind.SIGNALLED, 137, OptionalInt.of(9), book.now(), false, "");
        book.when(new Report.ReportExecExit(exec, exit)).then(ExecExited.class, PodStopping.class);
    }
}
