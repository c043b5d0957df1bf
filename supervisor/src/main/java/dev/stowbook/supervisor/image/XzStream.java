package dev.stowbook.supervisor.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import org.tukaani.xz.ArrayCache;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/**
 * Decompresses xz. It keeps as much of what it has read as who compressed it chose: 8 MiB by default, 64 MiB with {@code -9}, up to 1.5 GiB. All that
 * are read at one time share what one of {@code -9} needs, half of the daemon's heap; who finds no room fails, since waiting for one that waits for
 * another layer would be for ever.
 */
final class XzStream extends FilterInputStream {
    private static final int MOST_KIB = 66 << 10;
    private static final Semaphore ROOM_KIB = new Semaphore(MOST_KIB);

    private final Memory memory;

    private XzStream(InputStream in, Memory memory) {
        super(in);
        this.memory = memory;
    }

    static XzStream of(InputStream in) throws IOException {
        Memory memory = new Memory();
        return new XzStream(new XZInputStream(in, MOST_KIB, true, memory), memory);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            return super.read(buffer, offset, length);
        } catch (MemoryLimitException e) {
            throw new UnpackingException("needs " + (e.getMemoryNeeded() >> 10) + " MiB of memory to be unpacked, more than the " + (MOST_KIB >> 10)
                    + " MiB there are for xz: compress it with 'xz -9' or less, or with another program", e);
        } catch (NoRoom e) {
            throw new UnpackingException("is compressed with xz, and others that are take all the memory there is for that: try again when they are unpacked", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            super.close();
        } finally {
            memory.release();
        }
    }

    private static final class NoRoom extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoRoom() {
            super("no room for xz", null, false, false);
        }
    }

    /** Gives arrays as long as there is room. */
    private static final class Memory extends ArrayCache {
        private int heldKib;

        private static int kib(int bytes) {
            return (bytes + 1023) >> 10;
        }

        @Override
        public synchronized byte[] getByteArray(int size, boolean fillWithZeros) {
            if (!ROOM_KIB.tryAcquire(kib(size))) {
                throw new NoRoom();
            }
            heldKib += kib(size);
            try {
                return super.getByteArray(size, fillWithZeros);
            } catch (OutOfMemoryError e) {
                throw new NoRoom(); // the heap has that much, but not in one piece, or others have it: what is held is given back on closing
            }
        }

        @Override
        public synchronized void putArray(byte[] array) {
            int kib = Math.min(kib(array.length), heldKib);
            heldKib -= kib;
            ROOM_KIB.release(kib);
        }

        synchronized void release() {
            ROOM_KIB.release(heldKib);
            heldKib = 0;
        }
    }
}
