package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.Download;
import dev.stowbook.supervisor.registry.Downloads;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import dev.stowbook.supervisor.registry.Transfers;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The layers of one pull on their way: the one that is taken in next streams straight from the registry, the ones after it come to the disk
 * meanwhile. A few at a time. {@link #close} may come from any thread, and breaks off all that is under way.
 */
final class LayerFetches implements AutoCloseable {
    private static final long TELL_EVERY_BYTES = 1 << 20;

    private final Repository repository;
    private final Downloads downloads;
    private final List<Descriptor> wanted;
    private final int parallel;
    private final Transfers.Transfer client;
    private final Map<Descriptor, Download.Use> ahead = new HashMap<>();
    private final Set<Descriptor> arrived = new HashSet<>();
    private final Set<Descriptor> over = new HashSet<>();
    private final Map<Descriptor, Integer> shunned = new HashMap<>();
    private final Set<InputStream> open = new HashSet<>();
    private @Nullable Descriptor reading;
    private boolean closed;

    LayerFetches(Repository repository, Downloads downloads, List<Descriptor> wanted, int parallel, Transfers.Transfer client) {
        this.repository = repository;
        this.downloads = downloads;
        this.wanted = List.copyOf(wanted);
        this.parallel = parallel;
        this.client = client;
        client.onCancel(this::close);
    }

    /** Opens a layer; those after it begin to come, too. Not held while waiting: {@link #close} must get in. */
    InputStream open(Descriptor blob) throws ImageException, IOException {
        InputStream stream = first(blob);
        synchronized (this) {
            reading = blob;
        }
        prefetch();
        return stream;
    }

    private InputStream first(Descriptor blob) throws ImageException, IOException {
        Optional<Download.Use> use;
        synchronized (this) {
            check();
            use = Optional.ofNullable(ahead.get(blob));
        }
        if (use.isEmpty()) {
            use = downloads.joinOrStream(blob.digest());
            use.ifPresent(joined -> keep(blob, joined));
            if (use.isEmpty()) {
                return new Straight(blob);
            }
        }
        InputStream spooled = use.get().read();
        return new StoreStream(use.get().isOwn() ? spooled : new Told(spooled, blob));
    }

    /**
     * Whether a layer that failed can be opened once more: it came by way of what was begun for somebody else, and broke there, or from a mirror that
     * is not asked for it any more.
     */
    boolean again(Descriptor blob) {
        Download.Use use;
        synchronized (this) {
            use = ahead.get(blob);
            boolean theirs = use != null && !use.isOwn() && use.isBroken();
            if (closed || !theirs && !isElsewhere(blob)) {
                return false;
            }
            ahead.remove(blob);
        }
        close(use);
        return true;
    }

    private boolean isElsewhere(Descriptor blob) {
        int now = repository.shunned(blob.digest());
        Integer before = shunned.put(blob, now);
        return now > (before == null ? 0 : before);
    }

    private synchronized void keep(Descriptor blob, Download.Use use) {
        ahead.put(blob, use);
    }

    private void check() throws IOException {
        if (closed) {
            throw gone();
        }
    }

    private static IOException gone() {
        ImageException reason = new ImageException(ErrorCode.UNAVAILABLE, "whoever asked for it has gone away");
        return new IOException(reason.getMessage(), reason);
    }

    /** Lets the next ones come, as many as may come at a time beside the one that is read. */
    private synchronized void prefetch() throws IOException {
        int under = 1;
        for (Descriptor each : wanted) {
            if (closed || under >= parallel) {
                return;
            }
            if (each.equals(reading) || over.contains(each) || arrived.contains(each)) {
                continue;
            }
            if (!ahead.containsKey(each)) {
                downloads.ahead(each.digest(), () -> new Told(repository.blob(each), each)).ifPresent(use -> ahead.put(each, use));
            }
            under++;
        }
    }

    /** A layer has been taken in, by whomever. */
    void done(Descriptor blob) {
        Download.Use use;
        synchronized (this) {
            over.add(blob);
            use = ahead.remove(blob);
        }
        close(use);
    }

    /** One is here, so another may come. */
    private synchronized void arrived(Descriptor blob) throws IOException {
        arrived.add(blob);
        prefetch();
    }

    private static void close(@Nullable AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception e) {
            // a file without a name and a connection: nothing is left of either
        }
    }

    @Override
    public void close() {
        List<AutoCloseable> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(ahead.values());
            all.addAll(open);
            ahead.clear();
            open.clear();
        }
        all.forEach(LayerFetches::close);
    }

    /** Tells the client how far it is. */
    private final class Told extends FilterInputStream {
        private final Descriptor blob;
        private long count;
        private long told;

        Told(InputStream in, Descriptor blob) {
            super(in);
            this.blob = blob;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int got = super.read(bytes, offset, length);
            count += Math.max(got, 0);
            if (got < 0) {
                arrived(blob);
            }
            if (count - told >= TELL_EVERY_BYTES || got < 0) {
                told = count;
                client.listener().layer(blob.digest().toString(), got < 0 ? "applying" : "downloading", count, blob.sizeBytes());
            }
            return got;
        }
    }

    /** Straight from the registry. */
    private final class Straight extends StoreStream {
        private final Descriptor blob;

        Straight(Descriptor blob) throws ImageException, IOException {
            super(connect(blob));
            this.blob = blob;
        }

        @Override
        public void close() throws IOException {
            synchronized (LayerFetches.this) {
                open.remove(in);
            }
            downloads.streamed(blob.digest());
            super.close();
        }
    }

    private InputStream connect(Descriptor blob) throws ImageException, IOException {
        try {
            InputStream stream = new Told(repository.blob(blob), blob);
            synchronized (this) {
                if (!closed) {
                    open.add(stream);
                    return stream;
                }
            }
            stream.close();
            throw gone();
        } catch (RegistryException e) {
            downloads.streamed(blob.digest());
            throw StoreStream.told(e);
        } catch (IOException e) {
            downloads.streamed(blob.digest());
            throw e;
        }
    }
}
