package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.state.Container;
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

    /** How it ended. */
    record End(long sequence, ExitStatus exit, boolean oomKilled) {}

    private final Backend backend;

    Waits(Backend backend) {
        this.backend = backend;
    }

    /** Whether nothing of it runs, and nothing will by itself. A container that is gone has ended, too. */
    static boolean over(State state, ContainerId id) {
        Container container = state.containers().get(id);
        if (container == null) {
            return true;
        }
        Pod pod = state.pod(container.pod());
        boolean podTriesAgain = pod.nextStartAt().isPresent() || pod.startFailure().isPresent() && pod.active();
        return container.settled() && !podTriesAgain;
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
                    new End(state.sequence(), container.exit().get(), container.oomKilled()));
        }
        return backend.work(() -> fromBook(id, from, state.sequence())
                .orElseThrow(() -> ApiProblem.of(ErrorCode.NOT_FOUND, "container " + id.abbreviated()
                        + " was removed and never ran")));
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
                            end = Optional.of(new End(each.sequence(), e.exit(), e.oomKilled()));
                        }
                    }
                }
            }
        }
        return end;
    }
}
