package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.UnaryOperator;

/**
 * A container.
 *
 * @param definition what changes only with its limits
 * @param phase where it stands
 * @param attempt how often it was started, 0 before the first time
 * @param running its process, while it runs
 * @param startedAt when it last started
 * @param exit how it last ended
 * @param oomKilled whether the kernel killed a process in it for memory during this attempt
 * @param failures how often in a row it ended too soon
 * @param nextStartAt when it is started again
 * @param stop what is being done to end it, if anything
 * @param rootfs whether its writable layer stands
 * @param droppedBytes output that could not be written, over all attempts
 */
public record Container(
        Definition definition,
        Phase phase,
        int attempt,
        Optional<Running> running,
        Optional<Instant> startedAt,
        Optional<ExitStatus> exit,
        boolean oomKilled,
        int failures,
        Optional<Instant> nextStartAt,
        Optional<Stop> stop,
        boolean rootfs,
        long droppedBytes) {

    /** Where it stands. */
    public enum Phase {
        CREATED,
        STARTING,
        RUNNING,
        /** It ended and waits to be started again. */
        WAITING,
        EXITED
    }

    /** What changes only with its limits; {@code ownPids}: it has a pid namespace for itself, so that nothing of it outlives its first process. */
    public record Definition(
            ContainerId id,
            PodId pod,
            String name,
            String image,
            String imageId,
            ProcessConfig process,
            ResourceSpec resources,
            ProcessSpec options,
            SecuritySpec security,
            String layerId,
            String parentLayerId,
            boolean ownPids,
            Instant createdAt) {}

    /**
     * A running process; {@code keeperLost} once its keeper is gone, {@code paused} while it stands still because somebody wants that,
     * {@code heldForCommit} from when that was decided only for the sake of a commit.
     */
    public record Running(
            ProcessIdentity process,
            int namespacePid,
            ProcessIdentity keeper,
            SortedMap<String, Long> namespaces,
            boolean keeperLost,
            boolean paused,
            boolean heldForCommit) {}

    /**
     * What is being done to end it.
     *
     * @param asked whether somebody wants it to end, so that it is not started again
     * @param graceMillis how long it may take after its stop signal
     * @param signalled whether the stop signal is on its way
     * @param deadline when it is killed
     * @param killing whether it is being killed
     */
    public record Stop(
            boolean asked, long graceMillis, boolean signalled, Optional<Instant> deadline, boolean killing) {}

    /** Its id. */
    public ContainerId id() {
        return definition.id();
    }

    /** Its pod. */
    public PodId pod() {
        return definition.pod();
    }

    /** Its name in its pod. */
    public String name() {
        return definition.name();
    }

    /** Whether its processes stand still because somebody wants that. */
    public boolean paused() {
        return running.map(Running::paused).orElse(false);
    }

    /** Whether it stands still, or is about to, until a commit has copied it. */
    public boolean heldForCommit() {
        return running.map(Running::heldForCommit).orElse(false);
    }

    /** Whether nothing of it runs or will run without somebody's word. */
    public boolean settled() {
        return phase == Phase.EXITED;
    }

    Container withResources(ResourceSpec value) {
        Definition d = definition;
        Definition changed = new Definition(
                d.id(), d.pod(), d.name(), d.image(), d.imageId(), d.process(), value, d.options(), d.security(), d.layerId(), d.parentLayerId(), d.ownPids(), d.createdAt());
        return new Container(
                changed, phase, attempt, running, startedAt, exit, oomKilled, failures, nextStartAt, stop, rootfs, droppedBytes);
    }

    Container withPhase(Phase value) {
        return new Container(
                definition, value, attempt, running, startedAt, exit, oomKilled, failures, nextStartAt, stop, rootfs,
                droppedBytes);
    }

    Container starting(int newAttempt) {
        return new Container(
                definition, Phase.STARTING, newAttempt, Optional.empty(), startedAt, exit, false, failures,
                Optional.empty(), Optional.empty(), rootfs, droppedBytes);
    }

    Container running(Running value, Instant at) {
        return new Container(
                definition, Phase.RUNNING, attempt, Optional.of(value), Optional.of(at), exit, oomKilled, failures,
                Optional.empty(), stop, rootfs, droppedBytes);
    }

    Container exited(ExitStatus status, boolean oom, long dropped) {
        return new Container(
                definition, Phase.EXITED, attempt, Optional.empty(), startedAt, Optional.of(status), oom, failures,
                Optional.empty(), Optional.empty(), rootfs, droppedBytes + dropped);
    }

    Container waiting(Instant at, int newFailures) {
        return new Container(
                definition, Phase.WAITING, attempt, running, startedAt, exit, oomKilled, newFailures,
                Optional.of(at), stop, rootfs, droppedBytes);
    }

    Container settledNow() {
        return new Container(
                definition, Phase.EXITED, attempt, running, startedAt, exit, oomKilled, failures, Optional.empty(),
                Optional.empty(), rootfs, droppedBytes);
    }

    Container withStop(Optional<Stop> value) {
        return new Container(
                definition, phase, attempt, running, startedAt, exit, oomKilled, failures, nextStartAt, value, rootfs,
                droppedBytes);
    }

    Container withOom() {
        return new Container(
                definition, phase, attempt, running, startedAt, exit, true, failures, nextStartAt, stop, rootfs,
                droppedBytes);
    }

    Container withRootfs(boolean value) {
        return new Container(
                definition, phase, attempt, running, startedAt, exit, oomKilled, failures, nextStartAt, stop, value,
                droppedBytes);
    }

    Container withDropped(long bytes) {
        return new Container(
                definition, phase, attempt, running, startedAt, exit, oomKilled, failures, nextStartAt, stop, rootfs,
                droppedBytes + bytes);
    }

    private Container withRunning(UnaryOperator<Running> change) {
        return running.map(r -> new Container(
                        definition, phase, attempt, Optional.of(change.apply(r)), startedAt, exit, oomKilled, failures, nextStartAt, stop, rootfs,
                        droppedBytes))
                .orElse(this);
    }

    Container withPaused(boolean value) {
        return withRunning(r -> new Running(r.process(), r.namespacePid(), r.keeper(), r.namespaces(), r.keeperLost(), value, r.heldForCommit()));
    }

    Container withHeldForCommit(boolean value) {
        return withRunning(r -> new Running(r.process(), r.namespacePid(), r.keeper(), r.namespaces(), r.keeperLost(), r.paused(), value));
    }

    Container withKeeperLost() {
        return withRunning(r -> new Running(r.process(), r.namespacePid(), r.keeper(), r.namespaces(), true, r.paused(), r.heldForCommit()));
    }
}
