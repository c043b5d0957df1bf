package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.state.State;
import java.util.SortedMap;
import java.util.TreeMap;
import org.pcollections.PSortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps {@code repositories.json} as the book says: a projection, written anew whenever a reference has changed. */
final class Repositories {
    private static final Logger LOG = LoggerFactory.getLogger(Repositories.class);

    private final ContentStore store;
    private final Workers workers;
    private PSortedMap<String, String> written;

    Repositories(ContentStore store, Workers workers, State state) {
        this.store = store;
        this.workers = workers;
        this.written = state.references();
        write(written);
    }

    /** A new durable state. Loop thread. */
    void durable(State state) {
        if (state.references() != written) {
            written = state.references();
            write(written);
        }
    }

    private void write(SortedMap<String, String> references) {
        SortedMap<String, String> copy = new TreeMap<>(references);
        workers.call(() -> {
                    store.writeRepositories(copy);
                    return true;
                })
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        LOG.warn("repositories.json is not up to date: {}", failure.getMessage());
                    }
                });
    }
}
