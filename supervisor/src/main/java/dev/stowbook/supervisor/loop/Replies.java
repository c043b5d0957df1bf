package dev.stowbook.supervisor.loop;

import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.decide.Await;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Who waits for what: first for something to become true, then for that to be durable. Loop thread only. */
final class Replies {
    private record Waiting(Await await, Answer answer, CompletableFuture<Reply> reply) {}

    private record Held(long sequence, Reply reply, CompletableFuture<Reply> future) {}

    private final List<Waiting> waiting = new ArrayList<>();
    private final Deque<Held> held = new ArrayDeque<>();

    /** Promises an answer for when {@code await} holds. */
    void promise(State state, Await await, Answer answer, CompletableFuture<Reply> reply) {
        if (await.holds(state)) {
            held.add(new Held(state.sequence(), new Reply.Granted(state.sequence(), state, answer), reply));
        } else {
            waiting.add(new Waiting(await, answer, reply));
        }
    }

    /** A refusal tells of the state too, so it waits for that to be durable. */
    void refuse(State state, Reply.Refused refusal, CompletableFuture<Reply> reply) {
        held.add(new Held(state.sequence(), refusal, reply));
    }

    /** An entry was applied. */
    void applied(State state) {
        for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
            Waiting one = each.next();
            if (one.await().holds(state)) {
                each.remove();
                held.add(new Held(state.sequence(), new Reply.Granted(state.sequence(), state, one.answer()), one.reply()));
            }
        }
    }

    /** Everything up to a sequence is durable: tells those who rest on no more than that. */
    void durable(long sequence) {
        while (!held.isEmpty() && held.peek().sequence() <= sequence) {
            Held one = held.poll();
            one.future().complete(one.reply());
        }
    }

    /** How many nobody has been told of; for the end of the daemon and for tests. */
    int open() {
        return waiting.size() + held.size();
    }
}
