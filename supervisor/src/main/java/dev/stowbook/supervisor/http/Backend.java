package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stream.DurableSignal;
import dev.stowbook.supervisor.stream.Position;
import dev.stowbook.supervisor.stream.TimeTravel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** What the routes have in common: commands go to the loop, reading and files to workers; answers come back to the caller's context. */
record Backend(
        ApiServices services,
        ApiOptions options,
        Vertx vertx,
        WorkerExecutor workers,
        DurableSignal signal,
        TimeTravel travel) {

    /** Submits a command. A refusal becomes a failure. */
    Future<Reply.Granted> submit(Call call, Command command) {
        Promise<Reply.Granted> promise = Promise.promise();
        services.loop().submit(command, call.actor(), 0, call.id()).whenComplete((reply, failure) ->
                call.context().runOnContext(nothing -> {
                    if (failure != null) {
                        promise.fail(failure);
                    } else {
                        switch (reply) {
                            case Reply.Granted granted -> promise.complete(granted);
                            case Reply.Refused(ErrorCode code, String message) -> promise.fail(ApiProblem.of(code, message));
                        }
                    }
                }));
        return promise.future();
    }

    /** The newest state that may be shown. */
    State state() {
        return signal.state();
    }

    /** Does something that blocks or takes long. */
    <T> Future<T> work(Callable<T> work) {
        return workers.executeBlocking(work, false);
    }

    /** The state that a request asks for with {@code at}, else the newest one; what is made of it is made on a worker. */
    <T> Future<T> read(Call call, Function<State, T> view) {
        Optional<Position> at = position(call);
        State now = state();
        if (at.isEmpty()) {
            return work(() -> view.apply(now));
        }
        return work(() -> view.apply(moment(at.get(), now).state()));
    }

    static Optional<Position> position(Call call) {
        return call.text("at").map(text -> {
            try {
                return Position.parse(text);
            } catch (IllegalArgumentException e) {
                throw ApiProblem.invalid("the parameter at: " + e.getMessage());
            }
        });
    }

    TimeTravel.Moment moment(Position position, State now) throws Exception {
        try {
            return travel.at(position, now.sequence());
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
    }

    static <T> T require(Lookup<T> lookup) {
        return switch (lookup) {
            case Lookup.Found<T>(T value) -> value;
            case Lookup.Missing<T>(String message) -> throw ApiProblem.of(ErrorCode.NOT_FOUND, message);
            case Lookup.Ambiguous<T>(String message) -> throw ApiProblem.of(ErrorCode.AMBIGUOUS, message);
        };
    }
}
