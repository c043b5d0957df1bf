package dev.stowbook.supervisor.execute;

/** Interrupts the thread it was made on, until it is closed: what lets go of things afterwards must not be broken off. */
final class Interruption implements AutoCloseable {
    private final Thread worker = Thread.currentThread();
    private boolean over;

    /** Any thread. */
    synchronized void now() {
        if (!over) {
            worker.interrupt();
        }
    }

    /** On the thread it was made on. */
    @Override
    public synchronized void close() {
        over = true;
        Thread.interrupted(); // what came too late is not meant for what the thread does next
    }
}
