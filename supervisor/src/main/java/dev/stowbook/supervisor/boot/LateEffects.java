package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.loop.EffectSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Effects of a loop that stands before its host does: the instance id that drivers are opened with comes out of the loop, and nothing may be
 * done to the host before it has been held against the book. Until then effects wait. Loop thread only.
 */
final class LateEffects implements EffectSink {
    private record Waiting(Effect effect, long sequence, Cause cause) {}

    private final List<Waiting> waiting = new ArrayList<>();
    private Optional<EffectSink> sink = Optional.empty();

    /** Begins what has waited, in order, and from now on everything at once. */
    void become(EffectSink real) {
        sink = Optional.of(real);
        waiting.forEach(one -> real.begin(one.effect(), one.sequence(), one.cause()));
        waiting.clear();
    }

    @Override
    public void begin(Effect effect, long sequence, Cause cause) {
        if (sink.isPresent()) {
            sink.get().begin(effect, sequence, cause);
        } else {
            waiting.add(new Waiting(effect, sequence, cause));
        }
    }
}
