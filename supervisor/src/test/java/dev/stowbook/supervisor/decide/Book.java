package dev.stowbook.supervisor.decide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.effect.EffectPlanner;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.codec.EventCodec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/** A book that is written by decisions, without loop, log or host: given is what it holds, when is a command, then are its events. */
final class Book {
    static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private final Decider decider;
    private final List<Recorded> history = new ArrayList<>();
    private final Deque<Effect.StepEffect> work = new ArrayDeque<>();
    private final List<Effect.Schedule> timers = new ArrayList<>();
    private final List<Effect> effects = new ArrayList<>();
    private State state = State.empty();
    private Instant now = BEGIN;
    private int ids;
    private double jitter = 0.5;

    Book(DecisionSettings settings) {
        this.decider = new Decider(settings);
    }

    State state() {
        return state;
    }

    Instant now() {
        return now;
    }

    Pod pod(String name) {
        return state.podNamed(name).orElseThrow(() -> new AssertionError("no pod " + name));
    }

    Container container(String pod, int index) {
        return state.container(pod(pod).containers().get(index));
    }

    Book pass(Duration time) {
        now = now.plus(time);
        return this;
    }

    Book jitter(double value) {
        jitter = value;
        return this;
    }

    /** Decides a command; its events are in the book then, and what they imply waits to be done. */
    Then when(Command command) {
        Decision decision = decider.decide(state, command, inputs());
        if (decision instanceof Decision.Accepted accepted) {
            long first = state.sequence() + 1;
            state = accepted.state();
            for (int i = 0; i < accepted.events().size(); i++) {
                Recorded recorded = new Recorded(first + i, accepted.time(), accepted.events().get(i));
                history.add(recorded);
                for (Effect effect : EffectPlanner.plan(state, recorded)) {
                    effects.add(effect);
                    if (effect instanceof Effect.StepEffect step) {
                        work.add(step);
                    } else if (effect instanceof Effect.Schedule timer) {
                        timers.add(timer);
                    }
                }
            }
        }
        return new Then(this, decision);
    }

    private DecisionInputs inputs() {
        return new DecisionInputs() {
            @Override
            public Instant now() {
                return now;
            }

            @Override
            public String newId() {
                return String.format("%064x", 0xabc000 + ++ids);
            }

            @Override
            public double jitter() {
                return jitter;
            }
        };
    }

    /** The names of the steps that could be done now, in the order in which they were let go. */
    List<String> begun() {
        return work.stream().map(effect -> effect.step().name()).toList();
    }

    /** All effects since the last call. */
    List<Effect> effects() {
        List<Effect> all = List.copyOf(effects);
        effects.clear();
        return all;
    }

    /** Lets a step succeed that has begun. */
    Then done(String name) {
        return when(new Report.CompleteStep(Outcomes.success(take(name))));
    }

    /** Lets a step fail that has begun. */
    Then failed(String name, String code) {
        Effect.StepEffect effect = take(name);
        return when(new Report.CompleteStep(Outcomes.failure(effect, code)));
    }

    private Effect.StepEffect take(String name) {
        Effect.StepEffect found = work.stream()
                .filter(effect -> effect.step().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("step " + name + " has not begun, but " + begun()));
        work.remove(found);
        return found;
    }

    /** Lets every step succeed until none is left. */
    Book work() {
        while (!work.isEmpty()) {
            done(work.peek().step().name());
        }
        return this;
    }

    /** Lets the newest timer of a kind come at its moment. */
    Then whenDue(Class<? extends TimerCommand> kind) {
        Effect.Schedule timer = timers.reversed().stream()
                .filter(each -> kind.isInstance(each.command()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no timer " + kind.getSimpleName() + " in " + timers));
        timers.remove(timer);
        if (timer.at().isAfter(now)) {
            now = timer.at();
        }
        return when(timer.command());
    }

    /** The moments that timers of a kind were set for. */
    List<Instant> timers(Class<? extends TimerCommand> kind) {
        return timers.stream().filter(each -> kind.isInstance(each.command())).map(Effect.Schedule::at).toList();
    }

    /** The power is lost: what had begun never ends, and no timer comes. */
    void powerLost() {
        work.clear();
        timers.clear();
    }

    <E extends Event> Stream<E> all(Class<E> kind) {
        return history.stream().map(Recorded::event).filter(kind::isInstance).map(kind::cast);
    }

    /** Events written as bytes and read again lead to the same state, twice. */
    void replaysTheSame() {
        EventCodec codec = new EventCodec();
        for (int run = 0; run < 2; run++) {
            State replayed = State.empty();
            for (Recorded recorded : history) {
                try {
                    Event read = codec.decode(codec.encode(recorded.event()));
                    replayed = Evolve.apply(replayed, new Recorded(recorded.sequence(), recorded.time(), read));
                } catch (LogException e) {
                    throw new AssertionError(e);
                }
            }
            assertEquals(state, replayed);
        }
    }
}
