package dev.stowbook.supervisor.stream;

import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.LoopThread;
import dev.stowbook.supervisor.state.State;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Tells any number of readers, who come and go, that more of the book has become durable. Any thread. */
public final class DurableSignal {
    private final CommandLoop loop;
    private final Set<Runnable> readers = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    /** A reader's place; closing it twice does no harm. */
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    public DurableSignal(CommandLoop loop, LoopThread thread) {
        this.loop = loop;
        thread.execute(() -> {
            loop.onDurable(state -> readers.forEach(Runnable::run));
            ready.complete(null);
        });
    }

    /** Completes when no change is missed any more. */
    public CompletableFuture<Void> ready() {
        return ready;
    }

    /** The newest state that may be shown. */
    public State state() {
        return loop.durableState();
    }

    /** The last event that may be shown. */
    public long sequence() {
        return loop.durableState().sequence();
    }

    /** Calls a reader after each change, on the loop's thread: it must not block. */
    public Subscription subscribe(Runnable reader) {
        Runnable own = () -> reader.run();
        readers.add(own);
        return () -> readers.remove(own);
    }

    /** How many readers there are. */
    public int readers() {
        return readers.size();
    }
}
