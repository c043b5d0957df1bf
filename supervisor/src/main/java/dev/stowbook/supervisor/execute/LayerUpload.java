package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.PushManifest;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import dev.stowbook.supervisor.registry.Transfers;
import java.io.BufferedOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** One layer on its way to a registry: its tar as it came, bit for bit, gzipped as it goes. */
final class LayerUpload {
    private static final int PIPE_BYTES = 512 << 10;
    private static final long TELL_EVERY_BYTES = 1 << 20;

    private final ContentStore store;
    private final StoredLayer layer;
    private final Transfers.Transfer client;
    /** The newest try. */
    private volatile @Nullable Sending sending;

    LayerUpload(ContentStore store, StoredLayer layer, Transfers.Transfer client) {
        this.store = store;
        this.layer = layer;
        this.client = client;
    }

    Descriptor run(Repository repository) throws RegistryException, ImageException {
        client.listener().layer(layer.diffId(), "uploading", 0, 0);
        try {
            Descriptor sent = repository.upload(this::open, PushManifest.LAYER);
            check();
            client.listener().layer(layer.diffId(), "done", sent.sizeBytes(), sent.sizeBytes());
            return sent;
        } catch (RegistryException e) {
            check(); // the registry only saw a stream that broke off
            throw e;
        } finally {
            leave();
        }
    }

    /** Whoever still writes must not wait for a reader for ever. */
    private void leave() {
        Sending newest = sending;
        try {
            if (newest != null) {
                newest.close();
            }
        } catch (IOException e) {
            // a pipe within memory: nothing is left of it
        }
    }

    private void check() throws ImageException {
        Sending newest = sending;
        ImageException damage = newest == null ? null : newest.damage;
        if (damage != null) {
            throw damage;
        }
    }

    private InputStream open() {
        try {
            PipedInputStream in = new PipedInputStream(PIPE_BYTES);
            PipedOutputStream out = new PipedOutputStream(in);
            Sending begun = new Sending(in);
            sending = begun;
            Thread.ofPlatform().daemon().name("layer-upload").start(() -> begun.write(out));
            return begun;
        } catch (IOException e) {
            throw new IllegalStateException("a pipe within memory failed", e);
        }
    }

    /** A little larger than it could be, and three times as fast. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, 64 << 10);
            def.setLevel(Deflater.BEST_SPEED + 2);
        }
    }

    /** Tells the client how far it is, and breaks off what turned out to be damaged: its end must not look like one. */
    private final class Sending extends FilterInputStream {
        private volatile @Nullable ImageException damage;
        private volatile boolean left;
        private long count;
        private long told;

        Sending(InputStream in) {
            super(in);
        }

        /** On a thread of its own. */
        void write(PipedOutputStream pipe) {
            try (OutputStream out = new BufferedOutputStream(new FastGzip(pipe), 64 << 10)) {
                tar(out);
            } catch (IOException e) {
                // nobody reads any more: who stopped says why
            }
        }

        /** What is wrong is known before the stream ends. Where nobody reads any more, nothing is wrong here. */
        private void tar(OutputStream out) {
            try {
                store.tar(layer, out);
            } catch (ImageException e) {
                damage = left ? null : e;
            } catch (RuntimeException | Error e) {
                damage = new ImageException(ErrorCode.INTERNAL, "the layer " + layer.diffId() + " cannot be read: " + e, e);
            }
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int got = super.read(bytes, offset, length);
            if (got < 0 && damage != null) {
                throw new IOException("the layer is damaged");
            }
            count += Math.max(got, 0);
            if (count - told >= TELL_EVERY_BYTES) {
                told = count;
                client.listener().layer(layer.diffId(), "uploading", count, 0);
            }
            return got;
        }

        @Override
        public void close() throws IOException {
            left = true;
            super.close();
        }
    }
}
