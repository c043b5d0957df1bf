package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.List;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Work that an intent began. It is dropped when no step of it runs and none will.
 *
 * @param sequence the intent's sequence
 * @param kind what it is about
 * @param pod the pod it works on, if it works on one
 * @param target the exec, image, build, volume or endpoint it works on, the container it kills or gives other limits, the signal it sends; the pod otherwise
 * @param steps by name
 * @param failed whether a step failed: no further step begins then
 * @param limits those that the target is to have; they hold when the work is done
 * @param attempt how often in a row the same was begun, this time included
 */
public record Operation(
        long sequence,
        Kind kind,
        Optional<PodId> pod,
        String target,
        PSortedMap<String, Step> steps,
        boolean failed,
        Optional<ResourceSpec> limits,
        int attempt) {

    /** What an operation is about. */
    public enum Kind {
        START_POD,
        START_CONTAINER,
        STOP_CONTAINER,
        KILL_CONTAINER,
        SIGNAL_CONTAINER,
        PAUSE_CONTAINER,
        RESUME_CONTAINER,
        CONNECT_POD,
        DISCONNECT_POD,
        UPDATE_LIMITS,
        STOP_POD,
        REMOVE_POD,
        EXEC,
        REMOVE_IMAGE,
        BUILD_IMAGE,
        CREATE_VOLUME,
        REMOVE_VOLUME
    }

    /** A step and how far it is. */
    public record Step(PlannedStep planned, Status status) {}

    /** How far a step is. */
    public enum Status {
        /** Others must be done first. */
        WAITING,
        /** Its effect was let go; its outcome is not known yet. */
        RUNNING,
        DONE,
        FAILED
    }

    static Operation begin(long sequence, Kind kind, Optional<PodId> pod, String target, List<PlannedStep> planned) {
        return begin(sequence, kind, pod, target, planned, 1);
    }

    static Operation begin(
            long sequence, Kind kind, Optional<PodId> pod, String target, List<PlannedStep> planned, int attempt) {
        PSortedMap<String, Step> steps = TreePMap.empty();
        for (PlannedStep step : planned) {
            Status status = step.after().isEmpty() ? Status.RUNNING : Status.WAITING;
            steps = steps.plus(step.name(), new Step(step, status));
        }
        return new Operation(sequence, kind, pod, target, steps, false, Optional.empty(), attempt);
    }

    Operation withLimits(ResourceSpec value) {
        return new Operation(sequence, kind, pod, target, steps, failed, Optional.of(value), attempt);
    }

    Operation done(String name) {
        PSortedMap<String, Step> next = steps.plus(name, new Step(steps.get(name).planned(), Status.DONE));
        if (!failed) {
            for (Step step : steps.values()) {
                if (step.status() == Status.WAITING && ready(step.planned(), next)) {
                    next = next.plus(step.planned().name(), new Step(step.planned(), Status.RUNNING));
                }
            }
        }
        return new Operation(sequence, kind, pod, target, next, failed, limits, attempt);
    }

    private static boolean ready(PlannedStep planned, PSortedMap<String, Step> steps) {
        for (String name : planned.after()) {
            if (steps.get(name).status() != Status.DONE) {
                return false;
            }
        }
        return true;
    }

    Operation failedAt(String name) {
        return new Operation(
                sequence, kind, pod, target, steps.plus(name, new Step(steps.get(name).planned(), Status.FAILED)), true,
                limits, attempt);
    }

    /** As {@link #failedAt}, for a failure that concerns nobody but the step's own container. */
    Operation failedAlone(String name) {
        return new Operation(
                sequence, kind, pod, target, steps.plus(name, new Step(steps.get(name).planned(), Status.FAILED)),
                failed, limits, attempt);
    }

    /** Of the steps that would do it all, those that were not done, by this attempt or one before, which left it no others. */
    public List<PlannedStep> left(List<PlannedStep> all) {
        return all.stream()
                .filter(step -> isLeft(step.name()))
                .map(step -> step.withAfter(step.after().stream().filter(this::isLeft).toList()))
                .toList();
    }

    private boolean isLeft(String name) {
        Step step = steps.get(name);
        return step != null && step.status() != Status.DONE;
    }

    /** Whether that step's outcome is awaited. */
    public boolean awaits(String name) {
        Step step = steps.get(name);
        return step != null && step.status() == Status.RUNNING;
    }

    /** Whether nothing of it runs and nothing will. */
    public boolean over() {
        for (Step step : steps.values()) {
            if (step.status() == Status.RUNNING || (step.status() == Status.WAITING && !failed)) {
                return false;
            }
        }
        return true;
    }
}
