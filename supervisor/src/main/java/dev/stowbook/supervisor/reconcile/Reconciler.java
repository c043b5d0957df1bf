package dev.stowbook.supervisor.reconcile;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.effect.EffectPlanner;
import dev.stowbook.supervisor.effect.NetworkEffects;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.state.Build;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Catalogue;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * After a restart: compares the recovered state with the host and says what to do. Every pending step is taken again, since verbs
 * are idempotent, but a process is never started twice: its keeper is looked for first.
 */
public final class Reconciler {

    /**
     * What to do, in this order.
     *
     * @param reports to be submitted: what happened while nobody looked
     * @param resumed effects to begin again
     */
    public record Plan(List<Command> reports, List<Effect> resumed) {}

    private final Survey survey;
    private final List<Command> reports = new ArrayList<>();
    private final List<Effect> resumed = new ArrayList<>();
    private final Instant now;

    private Reconciler(Survey survey, Instant now) {
        this.survey = survey;
        this.now = now;
    }

    /** Surveys the host. Blocks; to be called on a worker, before anything else works on the state. */
    public static Plan reconcile(State state, Survey survey, Instant now) {
        Reconciler reconciler = new Reconciler(survey, now);
        for (Network network : state.networks().values()) {
            reconciler.resumed.add(NetworkEffects.ensure(network));
        }
        reconciler.resumed.add(NetworkEffects.repair(state));
        for (Pod pod : state.pods().values()) {
            if (pod.active()) {
                survey.pod(pod);
            }
        }
        for (Container container : state.containers().values()) {
            container.running().ifPresent(running -> reconciler.running(container));
        }
        for (Exec exec : state.execs().values()) {
            exec.running().ifPresent(running -> reconciler.running(exec));
        }
        for (Operation operation : state.operations().values()) {
            for (Operation.Step step : operation.steps().values()) {
                if (step.status() == Operation.Status.RUNNING) {
                    reconciler.pending(state, operation, step.planned());
                }
            }
        }
        state.catalogue().transfers().values().forEach(reconciler::transfer);
        reconciler.resumed.addAll(EffectPlanner.timers(state));
        for (Survey.Orphan orphan : survey.orphans(state)) {
            reconciler.reports.add(new Report.ReportOrphan(orphan.kind(), orphan.name()));
        }
        return new Plan(reconciler.reports, reconciler.resumed);
    }

    private void running(Container container) {
        switch (survey.container(container.definition(), container.attempt())) {
            case Survey.Finding.Alive alive -> {}
            case Survey.Finding.Ended ended -> reports.add(
                    new Report.ReportExit(container.id(), container.attempt(), ended.exit(), ended.droppedBytes()));
            case Survey.Finding.Gone gone -> reports.add(
                    new Report.ReportKeeperLost(container.id(), container.attempt()));
        }
    }

    private void running(Exec exec) {
        switch (survey.exec(exec)) {
            case Survey.Finding.Alive alive -> {}
            case Survey.Finding.Ended ended -> reports.add(new Report.ReportExecExit(exec.id(), ended.exit()));
            case Survey.Finding.Gone gone -> reports.add(new Report.ReportExecExit(exec.id(), lost()));
        }
    }

    /** Whoever asked for it is gone, and so is the login that came with the question: it is not begun again. */
    private void transfer(Catalogue.Transfer transfer) {
        String why = "the daemon ended in the middle of it: " + (transfer.push() ? "push" : "pull") + " it again";
        reports.add(new Report.ReportTransfer(transfer.push()
                ? new TransferEvent.PushFailed(transfer.sequence(), transfer.reference(), "UNAVAILABLE", why)
                : new TransferEvent.PullFailed(transfer.sequence(), transfer.reference(), "UNAVAILABLE", why)));
    }

    private void pending(State state, Operation operation, PlannedStep step) {
        switch (step.kind()) {
            case START_PROCESS -> startProcess(state, operation, step);
            case START_EXEC -> startExec(
                    new StepRef(operation.sequence(), step.name()),
                    state.execs().get(new ExecId(operation.target())));
            case SIGNAL -> signal(state, operation, step);
            case BUILD_IMAGE -> build(state, operation, step);
            case FREEZE -> freeze(state, operation, step);
            case CREATE_SANDBOX,
                    CREATE_POD_CGROUP,
                    JOIN_ENDPOINT,
                    ROUTE_ENDPOINT,
                    PUBLISH_PORTS,
                    PREPARE_ROOTFS,
                    CREATE_CGROUP,
                    UPDATE_CGROUP,
                    THAW,
                    KILL,
                    LEAVE_ENDPOINT,
                    DESTROY_CGROUP,
                    DESTROY_POD_CGROUP,
                    REMOVE_SANDBOX,
                    REMOVE_ROOTFS,
                    REMOVE_FILES,
                    REMOVE_IMAGE,
                    CREATE_VOLUME,
                    MOUNT_VOLUME,
                    FILL_VOLUME,
                    UNMOUNT_VOLUME,
                    REMOVE_VOLUME -> resumed.add(EffectPlanner.pending(state, operation, step));
        }
    }

    /** What is to go on by now is not made to stand still first: its thaw has begun already, and the book would hear of the freeze last. */
    private void freeze(State state, Operation operation, PlannedStep step) {
        boolean goesOn = operation.kind() == Operation.Kind.PAUSE_CONTAINER
                && state.operations().values().stream()
                        .filter(later -> later.sequence() > operation.sequence())
                        .anyMatch(later -> later.kind() == Operation.Kind.RESUME_CONTAINER && later.target().equals(operation.target()));
        if (goesOn) {
            reports.add(new Report.CompleteStep(new StepEvent.StepFailed(
                    new StepRef(operation.sequence(), step.name()), operation.pod().orElseThrow(), "ENDED", 0, 0,
                    "the daemon was restarted before it stood still, and it is to go on", 0)));
        } else {
            resumed.add(EffectPlanner.pending(state, operation, step));
        }
    }

    /** Its context went with the daemon that received it. */
    private void build(State state, Operation operation, PlannedStep step) {
        Build build = state.builds().running().get(new BuildId(operation.target()));
        reports.add(new Report.CompleteStep(new StepEvent.BuildFailed(
                new StepRef(operation.sequence(), step.name()), build.id(), build.step(), "UNAVAILABLE",
                "the daemon was restarted before it was done: build again", 0)));
    }

    /** Whom it was for may have ended before anybody knew whether the signal was sent. */
    private void signal(State state, Operation operation, PlannedStep step) {
        Container container = state.container(step.container().orElseThrow());
        if (container.running().isPresent()) {
            resumed.add(EffectPlanner.pending(state, operation, step));
        } else {
            reports.add(new Report.CompleteStep(new StepEvent.StepFailed(
                    new StepRef(operation.sequence(), step.name()), container.pod(), "ENDED", 0, 0,
                    "its process ended while the daemon was away", 0)));
        }
    }

    /** One that has an end in the book already began, though nobody was told so. */
    private void startProcess(State state, Operation operation, PlannedStep step) {
        var start = (Effect.StartProcess) EffectPlanner.pending(state, operation, step);
        if (state.container(start.container().id()).phase() != Container.Phase.STARTING) {
            reports.add(new Report.CompleteStep(new StepEvent.StepFailed(
                    start.step(), start.container().pod(), "ENDED", 0, 0,
                    "its process ended while the daemon was away", 0)));
            return;
        }
        switch (survey.container(start.container(), start.attempt())) {
            case Survey.Finding.Alive(Survey.Started started) -> reports.add(
                    new Report.CompleteStep(started(start, started)));
            case Survey.Finding.Ended(Optional<Survey.Started> started, var exit, long dropped) -> {
                if (started.isPresent()) {
                    reports.add(new Report.CompleteStep(started(start, started.get())));
                    reports.add(new Report.ReportExit(start.container().id(), start.attempt(), exit, dropped));
                } else {
                    reports.add(new Report.CompleteStep(new StepEvent.StepFailed(
                            start.step(), start.container().pod(), "START_FAILED", 0, exit.code(), exit.message(), 0)));
                }
            }
            case Survey.Finding.Gone gone -> resumed.add(start);
        }
    }

    /** Whoever asked for it is gone with the daemon that was asked; if it did not begin, it is not begun now. */
    private void startExec(StepRef step, Exec exec) {
        switch (survey.exec(exec)) {
            case Survey.Finding.Alive(Survey.Started started) -> reports.add(
                    new Report.CompleteStep(started(step, exec, started)));
            case Survey.Finding.Ended(Optional<Survey.Started> started, var exit, long dropped) -> {
                started.ifPresent(s -> reports.add(new Report.CompleteStep(started(step, exec, s))));
                reports.add(new Report.ReportExecExit(exec.id(), exit));
            }
            case Survey.Finding.Gone gone -> reports.add(new Report.CompleteStep(new StepEvent.ExecFailed(
                    step, exec.id(), exec.container(), 126, "the daemon was restarted before it began")));
        }
    }

    private static StepEvent started(Effect.StartProcess start, Survey.Started started) {
        return new StepEvent.ProcessStarted(
                start.step(),
                start.container().pod(),
                start.container().id(),
                start.attempt(),
                started.process(),
                started.namespacePid(),
                started.keeper(),
                started.namespaces(),
                started.clamped(),
                0);
    }

    private static StepEvent started(StepRef step, Exec exec, Survey.Started started) {
        return new StepEvent.ExecStarted(
                step, exec.id(), exec.container(), started.process(), started.keeper(), 0);
    }

    private ExitStatus lost() {
        return new ExitStatus(
                ExitStatus.Kind.KEEPER_LOST,
                137,
                OptionalInt.of(9),
                now,
                true,
                "its keeper is gone");
    }
}
