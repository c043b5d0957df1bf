package dev.stowbook.supervisor.loop;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Cause;

/** Whoever carries effects out. What they come to is submitted to the loop as commands. */
public interface EffectSink {

    /**
     * Begins an effect. Called on the loop's thread; never blocks.
     *
     * @param effect what to do
     * @param sequence the event that implies it, which its outcome names as cause
     * @param cause where that event came from, for the request id
     */
    void begin(Effect effect, long sequence, Cause cause);
}
