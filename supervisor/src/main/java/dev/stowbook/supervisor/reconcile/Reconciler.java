package dev.stowbook.supervisor.reconcile;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.effect.EffectPlanner;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Network;
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
            reconciler.resumed.add(EffectPlanner.ensure(network));
        }
        for (Container container : state.containers().values()) {
            container.running().ifPresent(running -> reconciler.running(container));
        }
        for (Exec exec : state.execs().values()) {
            exec.running().ifPresent(running -> reconciler.running(exec));
        }
        EffectPlanner.pending(state).forEach(reconciler::pending);
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

    private void pending(Effect.StepEffect effect) {
        switch (effect) {
            case Effect.StartProcess start -> startProcess(start);
            case Effect.StartExec start -> startExec(start);
            default -> resumed.add(effect);
        }
    }

    private void startProcess(Effect.StartProcess start) {
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
    private void startExec(Effect.StartExec start) {
        StepRef step = start.step();
        Exec exec = start.exec();
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
