package dev.stowbook.supervisor.loop;

import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.LogException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The thread that brings the log to the disk. While it syncs, the loop goes on appending; everything that came meanwhile is in the
 * next sync: the slower the disk, the larger the groups.
 */
public final class SyncThread implements SyncRequests, AutoCloseable {
    private final EventLog log;
    private final LongConsumer durable;
    private final Consumer<Throwable> fault;
    private final Semaphore requests = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closing;

    /**
     * Starts the thread.
     *
     * @param durable told on this thread up to which sequence the log is durable
     * @param fault told of a failed sync, after which there is no other
     */
    public SyncThread(EventLog log, LongConsumer durable, Consumer<Throwable> fault) {
        this.log = log;
        this.durable = durable;
        this.fault = fault;
        this.thread = Thread.ofPlatform().name("log-sync").daemon().start(this::run);
    }

    @Override
    public void request() {
        requests.release();
    }

    private void run() {
        while (true) {
            requests.acquireUninterruptibly();
            requests.drainPermits();
            if (closing) {
                return;
            }
            try {
                durable.accept(log.sync());
            } catch (LogException | RuntimeException | Error e) {
                fault.accept(e);
                return;
            }
        }
    }

    /** Ends the thread after the sync it is in. */
    @Override
    public void close() {
        closing = true;
        requests.release();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
