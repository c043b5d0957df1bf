package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/** Blobs on their way to the disk, each once however many want it; what broke is joined by nobody any more. Any thread. */
public final class Downloads {
    private final Path directory;
    private final Executor threads;
    private final Map<Digest, Download> spooled = new HashMap<>();
    private final Set<Digest> streamed = new HashSet<>();

    /**
     * @param directory for files without a name
     * @param threads one for each download under way
     */
    public Downloads(Path directory, Executor threads) {
        this.directory = directory;
        this.threads = threads;
    }

    /** Opens a blob at its registry. */
    public interface Source {
        InputStream open() throws RegistryException;
    }

    /** Begins to fetch a blob to the disk, or joins who does; empty if somebody streams it straight to where it belongs. Close it. */
    public synchronized Optional<Download.Use> ahead(Digest blob, Source source) throws IOException {
        if (streamed.contains(blob)) {
            return Optional.empty();
        }
        Download known = spooled.get(blob);
        if (known != null && !known.isBroken()) {
            return Optional.of(known.use(false));
        }
        Download begun = new Download(directory, over -> forget(blob, over));
        spooled.put(blob, begun);
        Download.Use use = begun.use(true);
        threads.execute(() -> begun.fetch(source));
        return Optional.of(use);
    }

    /** What somebody already fetches to the disk; else the caller is to stream it, and to say {@link #streamed} at its end. */
    public synchronized Optional<Download.Use> joinOrStream(Digest blob) {
        Download download = spooled.get(blob);
        if (download != null && !download.isBroken()) {
            return Optional.of(download.use(false));
        }
        streamed.add(blob);
        return Optional.empty();
    }

    /** A stream of one's own is over. */
    public synchronized void streamed(Digest blob) {
        streamed.remove(blob);
    }

    private synchronized boolean forget(Digest blob, Download over) {
        if (over.inUse()) {
            return false; // somebody has joined meanwhile
        }
        spooled.remove(blob, over);
        return true;
    }
}
