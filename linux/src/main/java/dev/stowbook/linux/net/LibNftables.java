package dev.stowbook.linux.net;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** {@link Nftables} through libnftables.so.1. */
final class LibNftables implements Nftables {
    private static final String LIBRARY = "libnftables.so.1";
    // nftables/libnftables.h
    private static final int NFT_CTX_DEFAULT = 0;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Pointer context;

    private LibNftables(Pointer context) {
        this.context = context;
    }

    static LibNftables open() throws NftablesException {
        return open(LIBRARY);
    }

    /** As {@link #open()}, for a library of another name. */
    static LibNftables open(String library) throws NftablesException {
        try {
            com.sun.jna.NativeLibrary.getInstance(library);
        } catch (UnsatisfiedLinkError e) {
            throw new NftablesException(
                    true, library + " is missing on this host: install it with `apt-get install libnftables1`");
        }
        Pointer context = Calls.nft_ctx_new(NFT_CTX_DEFAULT);
        if (context == null) {
            throw new NftablesException(false, "libnftables gave no context: out of memory or of descriptors");
        }
        // SAFETY: from here on the context keeps output and errors in buffers of its own instead of printing them.
        Calls.nft_ctx_buffer_output(context);
        Calls.nft_ctx_buffer_error(context);
        return new LibNftables(context);
    }

    @Override
    public String run(String commands) throws NftablesException {
        lock.lock();
        try {
            Pointer open = context;
            if (open == null) {
                throw new IllegalStateException("closed");
            }
            // SAFETY: JNA copies the string, zero-terminated, for the time of the call. The library's buffers are read, that is
            // copied, before the next call may reuse them; the lock keeps every other thread out, as a context is for one at a time.
            int result = Calls.nft_run_cmd_from_buffer(open, commands);
            String output = text(Calls.nft_ctx_get_output_buffer(open));
            String error = text(Calls.nft_ctx_get_error_buffer(open));
            if (result != 0) {
                throw new NftablesException(false, "nft refused `" + commands.strip() + "`: " + error.strip());
            }
            return output;
        } finally {
            lock.unlock();
        }
    }

    private static String text(@Nullable Pointer buffer) {
        return buffer == null ? "" : buffer.getString(0, "UTF-8");
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (context != null) {
                Calls.nft_ctx_free(context);
                context = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Loaded at first use, so that a missing library is found before. */
    private static final class Calls {
        static {
            Native.register(Calls.class, LIBRARY);
        }

        private Calls() {}

        static native @Nullable Pointer nft_ctx_new(int flags);

        static native void nft_ctx_free(Pointer context);

        static native int nft_ctx_buffer_output(Pointer context);

        static native int nft_ctx_buffer_error(Pointer context);

        static native int nft_run_cmd_from_buffer(Pointer context, String commands);

        static native @Nullable Pointer nft_ctx_get_output_buffer(Pointer context);

        static native @Nullable Pointer nft_ctx_get_error_buffer(Pointer context);
    }
}
