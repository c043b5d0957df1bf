package dev.stowbook.supervisor.execute;

/** Interrupts the thread it was made on, until it is over. */
final class Interruption {
    private final Thread worker = Thread.currentThread();
    private boolean over;

    /** Any thread. */
    synchronized void now() {
        if (!over) {
            worker.interrupt();
        }
    }

    /** On the thread it was made on. */
    synchronized void over() {
        over = true;
        Thread.interrupted(); // what came too late is not meant for what the thread does next
    }
}
