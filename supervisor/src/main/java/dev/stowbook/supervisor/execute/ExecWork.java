package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.keeper.ExecPlan;
import dev.stowbook.supervisor.keeper.KeeperConnection;
import dev.stowbook.supervisor.keeper.KeeperListener;
import dev.stowbook.supervisor.keeper.ProcessPlan;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.reconcile.Survey;
import dev.stowbook.supervisor.state.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Starts further processes in containers, and lets readers attach to them. */
final class ExecWork {
    private static final Duration RECONNECT = Duration.ofSeconds(30);
    private static final int GENERATION = 0;

    private final ProcessWork.Parts parts;
    private final CgroupWork cgroups;
    private final Outcomes outcomes;

    ExecWork(ProcessWork.Parts parts, CgroupWork cgroups, Outcomes outcomes) {
        this.parts = parts;
        this.cgroups = cgroups;
        this.outcomes = outcomes;
    }

    void start(Effect.StartExec effect, Outcomes.Origin origin) {
        Exec exec = effect.exec();
        long begun = System.nanoTime();
        CompletableFuture<Void> told = new CompletableFuture<>();
        cgroups.placement(exec.pod(), exec.container(), effect.step().toString())
                .thenCompose(placement -> parts.workers().call(() -> spawn(effect, placement, origin, told)))
                .thenCompose(started -> started)
                .whenComplete((started, failure) -> {
                    long micros = (System.nanoTime() - begun) / 1000;
                    StepEvent outcome = failure == null
                            ? new StepEvent.ExecStarted(
                                    effect.step(), exec.id(), exec.container(), started.process(), started.keeper(), micros)
                            : failed(effect, Outcomes.cause(failure));
                    outcomes.report(new Report.CompleteStep(outcome), Actor.Kind.KEEPER, "exec", origin);
                    told.complete(null);
                });
    }

    private static StepEvent failed(Effect.StartExec effect, Throwable failure) {
        int exitCode = failure instanceof StartFailure start ? start.exitCode() : 126;
        return new StepEvent.ExecFailed(
                effect.step(),
                effect.exec().id(),
                effect.exec().container(),
                exitCode,
                String.valueOf(failure.getMessage()));
    }

    private CompletableFuture<Survey.Started> spawn(
            Effect.StartExec effect, Placement placement, Outcomes.Origin origin, CompletableFuture<?> told)
            throws Exception {
        Exec exec = effect.exec();
        Path directory = parts.directories().makeExec(exec.container(), exec.id());
        ExecPlan plan = new ExecPlan(
                exec.id().value(),
                directory,
                Identities.linux(effect.target()),
                new ProcessPlan(
                        exec.process().argv(),
                        exec.process().env(),
                        exec.process().workingDir(),
                        exec.process().user(),
                        effect.container().options().supplementalGroups(),
                        exec.stdin(),
                        exec.tty() ? Optional.of(new ProcessPlan.TerminalSize(24, 80)) : Optional.empty(),
                        false),
                exec.attach(),
                parts.output().drain().toMillis(),
                placement,
                parts.keeperPlacement(),
                parts.policy().privileges(effect.container()),
                effect.users());
        KeeperWatch watch = new KeeperWatch(ends(exec.id(), origin), told);
        parts.spawner().exec(plan, socket(exec.id()), watch);
        return watch.started();
    }

    private KeeperWatch.Ends ends(ExecId exec, Outcomes.Origin origin) {
        return new KeeperWatch.Ends() {
            @Override
            public void exited(ExitStatus exit, long droppedBytes) {
                outcomes.report(new Report.ReportExecExit(exec, exit), Actor.Kind.KEEPER, "exec", origin);
            }

            @Override
            public void outputDropped(long bytes) {
                // an exec's output is not kept: it goes to its reader or nowhere
            }

            @Override
            public void lost() {
                ExitStatus exit = new ExitStatus(
                        ExitStatus.Kind.KEEPER_LOST,
                        137,
                        OptionalInt.of(9),
                        Instant.now().truncatedTo(ChronoUnit.MICROS),
                        true,
                        "its keeper is gone");
                outcomes.report(new Report.ReportExecExit(exec, exit), Actor.Kind.KEEPER, "exec", origin);
            }
        };
    }

    /**
     * Connects a reader. The connection gives output once {@link KeeperConnection#attach} was called on it.
     *
     * @throws IOException if the exec's keeper has ended
     */
    KeeperConnection connect(ExecId exec, KeeperListener listener) throws IOException {
        return parts.reactor().connect(socket(exec), listener);
    }

    Survey.Finding find(Exec exec) {
        KeeperWatch watch = new KeeperWatch(
                ends(exec.id(), new Outcomes.Origin(0, new Cause("Recover", 0, ""))), parts.reconciled());
        try {
            parts.reactor().connect(socket(exec.id()), watch);
            return new Survey.Finding.Alive(watch.started().get(RECONNECT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (IOException | ExecutionException | TimeoutException e) {
            return ExitFiles.finding(parts.directories().exec(exec.container(), exec.id()), GENERATION);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Survey.Finding.Gone();
        }
    }

    void forget(ExecId exec, ContainerId container) {
        parts.workers().call(() -> {
            Trees.delete(parts.directories().exec(container, exec));
            Files.deleteIfExists(socket(exec));
            return true;
        });
    }

    private Path socket(ExecId id) {
        return parts.directories().keepers().resolve(id.value());
    }
}
