package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.loop.LoopThread;
import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.Random;

/** Time and threads of the simulation: one task after the other, in an order that the seed decides. */
final class Scheduler {
    private record Task(Instant at, long tie, int life, Runnable run) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(tie, other.tie);
        }
    }

    /** Tasks of the host go on when the daemon dies. */
    static final int HOST = -1;

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final Random random;
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long order;
    private int life;

    Scheduler(Random random) {
        this.random = random;
    }

    Instant now() {
        return now;
    }

    /** The daemon's tasks all vanish with it. */
    void killDaemon() {
        life++;
        tasks.removeIf(task -> task.life() != HOST);
    }

    void wipe() {
        life++;
        tasks.clear();
    }

    LoopThread loopThread() {
        int mine = life;
        return new LoopThread() {
            @Override
            public void execute(Runnable task) {
                add(mine, Duration.ofNanos(1000), task);
            }

            @Override
            public void schedule(Duration delay, Runnable task) {
                add(mine, delay, task);
            }
        };
    }

    /** Something of the daemon's, beside the loop, after up to that many microseconds. */
    void daemonSoon(int micros, Runnable task) {
        add(life, Duration.ofNanos(1000L * (1 + random.nextInt(micros))), task);
    }

    /** Something of the host's; a keeper tells of an end on the same connection as of the start, so never before it. */
    void hostSoon(int micros, Runnable task) {
        add(HOST, Duration.ofNanos(1000L * (10_000 + random.nextInt(micros))), task);
    }

    private void add(int owner, Duration delay, Runnable task) {
        tasks.add(new Task(now.plus(delay), order++, owner, task));
    }

    /** Runs the next task. @return whether there was one */
    boolean step() {
        Task task = tasks.poll();
        if (task == null) {
            return false;
        }
        if (task.at().isAfter(now)) {
            now = task.at();
        }
        if (task.life() == HOST || task.life() == life) {
            task.run().run();
        }
        return true;
    }
}
