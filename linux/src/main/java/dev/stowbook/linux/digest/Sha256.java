package dev.stowbook.linux.digest;

import com.sun.jna.Native;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 (FIPS 180-4) by OpenSSL's libcrypto, which uses the processor's SHA instructions; by the JDK where that library is missing.
 *
 * <p>The JDK uses them, too, but only in code of its optimising compiler. A JVM that keeps to the quick one digests about 50 MB/s; layers
 * come faster than that.
 *
 * <p>An instance belongs to one thread at a time, as any {@link MessageDigest}. It holds no native memory, so that nothing has to be closed.
 */
public final class Sha256 extends MessageDigest {
    private static final String NAME = "SHA-256";
    private static final int DIGEST_BYTES = 32;
    /** A call copies the whole array that it is given into native memory and back. */
    private static final int CHUNK_BYTES = 16 * 1024;
    /** {@code sizeof(SHA256_CTX)}: eight words of state, two of length, sixteen of data, two counters, of four bytes each (openssl/sha.h). */
    private static final int CONTEXT_BYTES = 28 * 4;

    private final byte[] context = new byte[CONTEXT_BYTES];
    private final byte[] chunk = new byte[CHUNK_BYTES];

    /**
     * SAFETY: SHA256_Init(3) and its companions read and write a context of 112 bytes, read {@code length} bytes of data, write 32 bytes of
     * digest, keep no pointer, and answer 1. Nothing but the calling thread is affected. They are deprecated since OpenSSL 3.0, and part of its ABI.
     */
    private static final class Calls {
        static {
            Native.register(Calls.class, "libcrypto.so.3");
        }

        static native int SHA256_Init(byte[] context);

        static native int SHA256_Update(byte[] context, byte[] data, long length);

        static native int SHA256_Final(byte[] digest, byte[] context);
    }

    private static final boolean NATIVE = available();

    private Sha256() {
        super(NAME);
        engineReset();
    }

    private static boolean available() {
        try {
            return Calls.SHA256_Init(new byte[CONTEXT_BYTES]) == 1;
        } catch (LinkageError e) {
            return false;
        }
    }

    /** Begins a computation. Any thread. */
    public static MessageDigest begin() {
        if (NATIVE) {
            return new Sha256();
        }
        try {
            return MessageDigest.getInstance(NAME);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has " + NAME, e);
        }
    }

    @Override
    protected int engineGetDigestLength() {
        return DIGEST_BYTES;
    }

    @Override
    protected void engineReset() {
        require(Calls.SHA256_Init(context));
    }

    @Override
    protected void engineUpdate(byte input) {
        require(Calls.SHA256_Update(context, new byte[] {input}, 1));
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
        for (int done = 0; done < length; done += CHUNK_BYTES) {
            int next = Math.min(CHUNK_BYTES, length - done);
            System.arraycopy(input, offset + done, chunk, 0, next);
            require(Calls.SHA256_Update(context, chunk, next));
        }
    }

    @Override
    protected byte[] engineDigest() {
        byte[] digest = new byte[DIGEST_BYTES];
        require(Calls.SHA256_Final(digest, context));
        engineReset();
        return digest;
    }

    @Override
    protected int engineDigest(byte[] output, int offset, int length) throws DigestException {
        if (length < DIGEST_BYTES) {
            throw new DigestException(length + " bytes are too few for a digest of " + DIGEST_BYTES);
        }
        System.arraycopy(engineDigest(), 0, output, offset, DIGEST_BYTES);
        return DIGEST_BYTES;
    }

    @Override
    public Object clone() throws CloneNotSupportedException {
        Sha256 copy = new Sha256();
        System.arraycopy(context, 0, copy.context, 0, CONTEXT_BYTES);
        return copy;
    }

    private static void require(int answer) {
        if (answer != 1) {
            throw new IllegalStateException("libcrypto answered " + answer);
        }
    }
}
