package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.loop.EffectSink;

/** Effects of a loop that stands before its host does: the instance id that drivers are opened with comes out of the loop. */
final class LateEffects implements EffectSink {
    private volatile EffectSink sink = (effect, sequence, cause) -> {
        throw new IllegalStateException("no effect is implied before drivers are open: " + effect);
    };

    void become(EffectSink real) {
        sink = real;
    }

    @Override
    public void begin(Effect effect, long sequence, Cause cause) {
        sink.begin(effect, sequence, cause);
    }
}
