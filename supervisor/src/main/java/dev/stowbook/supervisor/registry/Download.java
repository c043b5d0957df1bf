package dev.stowbook.supervisor.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One blob on its way to a file without a name, read by as many as want it while it grows. It goes with its last user. */
public final class Download {
    private static final int BUFFER_BYTES = 32 << 10;

    /** Guarded by itself. No channel: whoever is interrupted while he reads would close that for all. */
    private final RandomAccessFile file;
    private final Predicate<Download> forget;
    private int users;
    private long written;
    private boolean complete;
    private @Nullable IOException failure;
    private @Nullable InputStream source;
    private boolean closed;

    /** @param forget asked when the last user has gone; whether nobody has come since */
    Download(Path directory, Predicate<Download> forget) throws IOException {
        Path path = Files.createTempFile(directory, "blob-", "");
        try {
            file = new RandomAccessFile(path.toFile(), "rw");
        } finally {
            Files.delete(path);
        }
        this.forget = forget;
    }

    /** @param own whether it was begun for this user */
    synchronized Use use(boolean own) {
        users++;
        return new Use(own);
    }

    /** Whether it ended before its end. */
    synchronized boolean isBroken() {
        return failure != null;
    }

    synchronized boolean inUse() {
        return users > 0;
    }

    /** Fetches it all; on a thread of its own. */
    void fetch(Downloads.Source opener) {
        try (InputStream in = begin(opener)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            long at = 0;
            for (int got; (got = in.read(buffer)) >= 0; at += got) {
                write(at, buffer, got);
                advance(got);
            }
            finish(null);
        } catch (RegistryException e) {
            finish(new BlobStream.Damage(e));
        } catch (IOException e) {
            finish(e);
        } catch (RuntimeException | Error e) {
            finish(new IOException("the daemon failed: " + e, e)); // or whoever reads would wait for ever
        }
    }

    private void write(long at, byte[] bytes, int length) throws IOException {
        synchronized (file) {
            file.seek(at);
            file.write(bytes, 0, length);
        }
    }

    private int read(long at, byte[] bytes, int offset, int length) throws IOException {
        synchronized (file) {
            file.seek(at);
            return file.read(bytes, offset, length);
        }
    }

    private InputStream begin(Downloads.Source opener) throws RegistryException, IOException {
        InputStream opened = opener.open();
        synchronized (this) {
            source = opened;
            if (closed) {
                opened.close();
            }
        }
        return opened;
    }

    private synchronized void advance(int bytes) {
        written += bytes;
        notifyAll();
    }

    private synchronized void finish(@Nullable IOException why) {
        complete = true;
        failure = why;
        notifyAll();
    }

    private synchronized long await(long at, Use use) throws IOException {
        try {
            while (written <= at && !complete && !use.over) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BlobStream.Damage(Requests.interrupted());
        }
        if (use.over) {
            throw new BlobStream.Damage(Requests.givenUp()); // it may go on, for others
        }
        if (written > at) {
            return written;
        }
        if (failure != null) {
            throw failure;
        }
        return at;
    }

    private void close(Use use) throws IOException {
        InputStream open;
        synchronized (this) {
            if (use.over) {
                return;
            }
            use.over = true;
            notifyAll();
            if (--users > 0 || closed) {
                return;
            }
        }
        if (!forget.test(this)) {
            return;
        }
        synchronized (this) {
            closed = true;
            open = source;
        }
        if (open != null) {
            open.close();
        }
        synchronized (file) {
            file.close();
        }
    }

    /** One user's hold on it. */
    public final class Use implements AutoCloseable {
        private final boolean own;
        /** Guarded by the download. */
        private boolean over;

        private Use(boolean own) {
            this.own = own;
        }

        /** Whether it was begun for this user, not for somebody else who came before. */
        public boolean isOwn() {
            return own;
        }

        /** Whether no more will come of it than has come. */
        public boolean isBroken() {
            return Download.this.isBroken();
        }

        /** Reads it from its beginning, waiting for what has not come yet. */
        public InputStream read() {
            return new InputStream() {
                private long at;

                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    if (length == 0) {
                        return 0;
                    }
                    long end = await(at, Use.this);
                    if (end == at) {
                        return -1;
                    }
                    int got = Download.this.read(at, bytes, offset, (int) Math.min(length, end - at));
                    at += Math.max(got, 0);
                    return got;
                }
            };
        }

        /** Ends its readers, too. */
        @Override
        public void close() throws IOException {
            Download.this.close(this);
        }
    }
}
