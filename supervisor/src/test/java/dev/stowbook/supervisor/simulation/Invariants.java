package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Set;

/** What has to hold at every moment, by name. */
final class Invariants {
    private Invariants() {}

    static void replayEqualsState(MemoryLog log, EventFormat format, State state) {
        State replayed = replay(log.entries(), format);
        if (!replayed.equals(state)) {
            throw new AssertionError("replay differs from state:\n" + replayed + "\n" + state);
        }
    }

    static State replay(List<Entry> entries, EventFormat format) {
        State state = State.empty();
        for (Entry entry : entries) {
            for (int i = 0; i < entry.events().size(); i++) {
                try {
                    state = Evolve.apply(
                            state,
                            new Recorded(
                                    entry.firstSequence() + i, entry.time(), format.decode(entry.events().get(i))));
                } catch (LogException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return state;
    }

    static void noKernelCallWithoutAppendedIntent(MemoryLog log, Effect effect, long sequence) {
        if (sequence < 1 || sequence > log.lastSequence()) {
            throw new AssertionError(effect + " begun for " + sequence + ", appended are " + log.lastSequence());
        }
        if (effect.afterDurable() && sequence > log.durableSequence()) {
            throw new AssertionError(effect + " begun for " + sequence + ", durable are " + log.durableSequence());
        }
    }

    static void noReplyBeforeDurability(MemoryLog log, Reply reply) {
        if (reply instanceof Reply.Granted granted && granted.sequence() > log.durableSequence()) {
            throw new AssertionError("told of " + granted.sequence() + ", durable are " + log.durableSequence());
        }
    }

    static void nothingShownBeforeDurability(MemoryLog log, State shown) {
        if (shown.sequence() > log.durableSequence()) {
            throw new AssertionError("shown " + shown.sequence() + ", durable are " + log.durableSequence());
        }
    }

    static void nothingAcknowledgedIsLost(MemoryLog log, long acknowledged) {
        if (acknowledged > log.lastSequence()) {
            throw new AssertionError(acknowledged + " was acknowledged, the log ends at " + log.lastSequence());
        }
    }

    static void noProcessIsStartedTwice(
            Set<String> started, String boot, ContainerId container, int attempt, int generation) {
        if (!started.add(boot + "/" + container + "/" + attempt + "/" + generation)) {
            throw new AssertionError("started twice: attempt " + attempt + " of " + container);
        }
    }

    static void nothingIsLeftOver(FakeHost host, State state) {
        if (!host.leftovers().isEmpty() || !state.operations().isEmpty() || !state.containers().isEmpty()) {
            throw new AssertionError("left over: " + host.leftovers() + ", operations " + state.operations()
                    + ", containers " + state.containers().keySet());
        }
    }

    static void everybodyWasAnswered(int open) {
        if (open != 0) {
            throw new AssertionError(open + " commands were never answered");
        }
    }
}
