package dev.stowbook.supervisor.loop;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;

/** The loop on a Vert.x event loop. */
public final class VertxThread implements LoopThread {
    private final Vertx vertx;
    private final Context context;

    /** Uses the event loop of the calling context, or takes a new one. */
    public VertxThread(Vertx vertx) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
    }

    @Override
    public void execute(Runnable task) {
        context.runOnContext(nothing -> task.run());
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
        // Timers fire on the context that set them; Vert.x wants at least a millisecond.
        context.runOnContext(nothing -> vertx.setTimer(Math.max(1, delay.toMillis()), id -> task.run()));
    }
}
