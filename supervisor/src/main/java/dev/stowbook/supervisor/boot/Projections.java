package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.image.ProjectedFiles;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the store's files that say again what the book says up with it. What is said of images is written at once; what is said of containers
 * once for all that come and go within {@link #LULL}, so that those that live shorter cost no files.
 */
final class Projections implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Projections.class);
    static final Duration LULL = Duration.ofMillis(500);

    /** Has something done later. */
    interface Timer {
        void after(Duration delay, Runnable action);
    }

    private final ProjectedFiles files;
    private final Workers workers;
    private final Timer timer;
    /** Whether a worker is about to write, at once or after the lull; it writes the newest state there is then. */
    private final AtomicBoolean now = new AtomicBoolean();
    private final AtomicBoolean later = new AtomicBoolean();

    private volatile State newest;
    private volatile boolean closed;

    /** Makes them what the book says. */
    Projections(ProjectedFiles files, Workers workers, Timer timer, State state) throws IOException {
        this.files = files;
        this.workers = workers;
        this.timer = timer;
        this.newest = state;
        int wrong = files.restore(state).size();
        if (wrong > 0) {
            LOG.info("{} of the image store not what the book says: written anew", wrong == 1 ? "1 file was" : wrong + " files were");
        }
    }

    /** A new durable state. Loop thread. */
    void durable(State state) {
        State before = newest;
        newest = state;
        boolean ofImages = state.references() != before.references()
                || state.catalogue() != before.catalogue()
                || state.builds().parents() != before.builds().parents();
        if (ofImages && now.compareAndSet(false, true)) {
            write(now);
        }
        if (!ofImages && state.containers() != before.containers() && later.compareAndSet(false, true)) {
            timer.after(LULL, () -> write(later));
        }
    }

    private void write(AtomicBoolean asked) {
        if (closed) {
            return;
        }
        workers.call(() -> {
            asked.set(false);
            files.follow(newest);
            return true;
        }).whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn("the image store's files are not up to date: {}", failure.toString());
            }
        });
    }

    /** Writes what is still to be written; nothing is after that. */
    @Override
    public void close() throws IOException {
        closed = true;
        files.follow(newest);
    }
}
