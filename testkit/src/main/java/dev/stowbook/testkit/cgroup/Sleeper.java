package dev.stowbook.testkit.cgroup;

import java.util.concurrent.CountDownLatch;

/** A process with some threads of its own, for tests that count threads. */
public final class Sleeper {
    private Sleeper() {}

    /** Starts three threads, says so, and waits to be killed. */
    public static void main(String[] args) throws InterruptedException {
        var never = new CountDownLatch(1);
        for (int i = 0; i < 3; i++) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        System.out.println("threads");
        never.await();
    }
}
