package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stream.DurableSignal;
import dev.stowbook.supervisor.stream.EventTail;
import dev.stowbook.supervisor.stream.TailEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Waits until a container has ended for good. */
final class Waits {
    private static final int BATCH_BYTES = 1 << 20;

    /**
     * How it ended.
     *
     * @param note what is not over with its end, as a sentence; empty as a rule
     */
    record End(long sequence, ExitStatus exit, boolean oomKilled, Optional<String> note) {}

    private final Backend backend;

    Waits(Backend backend) {
        this.backend = backend;
    }

    /**
     * Whether nothing of it runs, and nothing will by itself. A container that is gone has ended, too. What its pod leaves behind is not
     * waited for: a driver that hangs may take for ever to take that down, and before that the pod is not tried again.
     */
    static boolean over(State state, ContainerId id) {
        Container container = state.containers().get(id);
        if (container == null) {
            return true;
        }
        return container.settled() && (!triesAgain(state.pod(container.pod())) || takeDownFailed(state, container.pod()));
    }

    /** Whether a pod that could not be started as a whole will be tried again, once it is taken down. */
    private static boolean triesAgain(Pod pod) {
        boolean wanted = pod.spec().restartPolicy() != PodSpec.RestartPolicy.NEVER && !pod.stopRequested() && !pod.removalRequested();
        return pod.nextStartAt().isPresent() || pod.startFailure().isPresent() && pod.active() && wanted;
    }

    private static boolean takeDownFailed(State state, PodId pod) {
        return state.operations().values().stream().anyMatch(operation ->
                operation.kind() == Operation.Kind.STOP_POD && operation.pod().equals(Optional.of(pod)) && operation.failed());
    }

    Future<End> exited(Call call, ContainerId id) {
        long from = backend.state().sequence();
        Promise<State> over = Promise.promise();
        DurableSignal.Subscription subscription = backend.signal().subscribe(() -> {
            State state = backend.state();
            if (over(state, id)) {
                call.context().runOnContext(nothing -> over.tryComplete(state));
            }
        });
        call.response().closeHandler(nothing -> over.tryFail(ApiProblem.of(ErrorCode.UNAVAILABLE, "nobody waits any more")));
        State now = backend.state();
        if (over(now, id)) {
            over.tryComplete(now);
        }
        return over.future()
                .onComplete(any -> subscription.close())
                .compose(state -> end(state, id, from));
    }

    private Future<End> end(State state, ContainerId id, long from) {
        Container container = state.containers().get(id);
        if (container != null && container.exit().isPresent()) {
            return Future.succeededFuture(
                    new End(state.sequence(), container.exit().get(), container.oomKilled(), note(state, state.pod(container.pod()))));
        }
        return backend.work(() -> fromBook(id, from, state.sequence())
                .orElseThrow(() -> ApiProblem.of(ErrorCode.NOT_FOUND, "container " + id.abbreviated()
                        + " was removed and never ran")));
    }

    private static Optional<String> note(State state, Pod pod) {
        if (!takeDownFailed(state, pod.id())) {
            return Optional.empty();
        }
        String name = pod.spec().name();
        return Optional.of("pod " + name + " could not be taken down yet, which is tried again"
                + (triesAgain(pod) ? ", and it is not started again before" : "") + "; 'stowbook why " + name + "' tells what is in the way");
    }

    /** It was removed before anybody looked: the book knows how it ended. */
    private Optional<End> fromBook(ContainerId id, long from, long durable) throws LogException {
        Optional<End> end = Optional.empty();
        try (EventTail tail = new EventTail(backend.services().log(), from)) {
            for (List<TailEvent> batch = tail.read(durable, BATCH_BYTES);
                    !batch.isEmpty();
                    batch = tail.read(durable, BATCH_BYTES)) {
                for (TailEvent each : batch) {
                    if (each.record().type().equals("ProcessExited")
                            && new String(each.record().data(), StandardCharsets.UTF_8).contains(id.value())) {
                        Event event = backend.services().format().decode(each.record());
                        if (event instanceof ContainerEvent.ProcessExited e && e.container().equals(id)) {
                            end = Optional.of(new End(each.sequence(), e.exit(), e.oomKilled(), Optional.empty()));
                        }
                    }
                }
            }
        }
        return end;
    }
}
