package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.image.ProjectedFiles;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the store's files that say again what the book says up with it: one worker at a time, always to the newest state. */
final class Projections {
    private static final Logger LOG = LoggerFactory.getLogger(Projections.class);

    private final ProjectedFiles files;
    private final Workers workers;
    /** The newest state that a worker has yet to write; null if none runs. */
    private final AtomicReference<@Nullable State> waiting = new AtomicReference<>();

    private State seen;

    /** Makes them what the book says. */
    Projections(ProjectedFiles files, Workers workers, State state) throws IOException {
        this.files = files;
        this.workers = workers;
        this.seen = state;
        int wrong = files.restore(state).size();
        if (wrong > 0) {
            LOG.info("{} of the image store not what the book says: written anew", wrong == 1 ? "1 file was" : wrong + " files were");
        }
    }

    /** A new durable state. Loop thread. */
    void durable(State state) {
        boolean same = state.references() == seen.references()
                && state.catalogue() == seen.catalogue()
                && state.builds().parents() == seen.builds().parents()
                && state.containers() == seen.containers();
        seen = state;
        if (!same && waiting.getAndSet(state) == null) {
            workers.call(() -> {
                write();
                return true;
            }).whenComplete((done, failure) -> {
                if (failure != null) {
                    LOG.warn("the image store's files are not up to date: {}", failure.toString());
                }
            });
        }
    }

    private void write() throws IOException {
        for (State state = waiting.get(); state != null; state = waiting.compareAndSet(state, null) ? null : waiting.get()) {
            try {
                files.follow(state);
            } catch (IOException | RuntimeException e) {
                waiting.set(null);
                throw e;
            }
        }
    }
}
