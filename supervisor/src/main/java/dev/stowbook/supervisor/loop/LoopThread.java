package dev.stowbook.supervisor.loop;

import java.time.Duration;

/** The one thread of the loop: Vert.x's event loop in the daemon, a seeded scheduler in the simulation. */
public interface LoopThread {

    /** Lets it run something soon, in the order of the calls. Any thread. */
    void execute(Runnable task);

    /** Lets it run something after a while. Any thread. */
    void schedule(Duration delay, Runnable task);
}
