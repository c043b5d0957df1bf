package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * A blob as it comes: a connection that breaks is taken up again where it broke (RFC 9110, section 14 "Range Requests"), and at the end the whole
 * must have the size and digest it was named by. What is wrong with it is thrown as a {@link Damage}.
 */
final class BlobStream extends InputStream {

    private static final int PROGRESS_BYTES = 64 << 10;

    /** Opens it from some byte on. */
    interface Source {
        Part open(long offset) throws RegistryException;
    }

    /** What came, and from which registry: perhaps from an earlier byte on than was asked for. */
    record Part(InputStream body, long from, String registry) {}

    /** Carries what is wrong through readers that know input and output only. */
    static final class Damage extends IOException {
        private static final long serialVersionUID = 1L;
        private final RegistryException reason;

        Damage(RegistryException reason) {
            super(reason.getMessage(), reason);
            this.reason = reason;
        }

        RegistryException reason() {
            return reason;
        }
    }

    private final Descriptor blob;
    private final Source source;
    private final Backoff backoff;
    private final MessageDigest computation;
    private String registry;
    private InputStream body;
    private long count;
    private long resumedAt;
    private boolean complete;
    private volatile boolean closed;

    BlobStream(Descriptor blob, Source source, int attempts) throws RegistryException {
        this.blob = blob;
        this.source = source;
        this.backoff = new Backoff(attempts);
        this.computation = Digest.begin();
        Part first = source.open(0);
        this.body = first.body();
        this.registry = first.registry();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (complete || length == 0) {
            return length == 0 ? 0 : -1;
        }
        while (true) {
            Optional<IOException> failure = Optional.empty();
            try {
                int got = body.read(bytes, offset, length);
                if (got > 0) {
                    return take(bytes, offset, got);
                }
                if (count == blob.sizeBytes()) {
                    return end();
                }
            } catch (Damage e) {
                throw e;
            } catch (IOException e) {
                failure = Optional.of(e);
            }
            if (count == blob.sizeBytes()) {
                return end(); // all is here; how the line ended does not matter
            }
            resume(failure);
        }
    }

    private int take(byte[] bytes, int offset, int got) throws Damage {
        if (count + got > blob.sizeBytes()) {
            throw new Damage(RegistryException.invalid("registry " + registry + " sends more than the " + blob.sizeBytes() + " bytes that the blob "
                    + blob.digest() + " has: it is not what the image names"));
        }
        computation.update(bytes, offset, got);
        count += got;
        if (count - resumedAt >= PROGRESS_BYTES) {
            backoff.progressed(); // a trickle that breaks all the time does not go on for ever
        }
        return got;
    }

    private int end() throws Damage {
        complete = true;
        Digest actual = Digest.ended(computation);
        if (!actual.equals(blob.digest())) {
            throw new Damage(RegistryException.invalid("what registry " + registry + " sends as the blob " + blob.digest() + " has the digest " + actual
                    + ": it is damaged or forged, and nothing of it is kept"));
        }
        return -1;
    }

    private void resume(Optional<IOException> failure) throws IOException {
        body.close();
        try {
            if (closed || !backoff.again(Optional.empty())) {
                throw new Damage(new RegistryException(ErrorCode.UNAVAILABLE, "registry " + registry + " ended the blob "
                        + blob.digest() + " after " + count + " of " + blob.sizeBytes() + " bytes"
                        + failure.map(e -> " (" + Sentences.printable(String.valueOf(e.getMessage())) + ")").orElse("") + ": try again, or ask who runs it"));
            }
            Part part = source.open(count);
            registry = part.registry();
            if (part.from() > count) {
                throw new Damage(RegistryException.invalid("registry " + registry + " answers a request from byte " + count + " on with bytes from "
                        + part.from() + " on"));
            }
            part.body().skipNBytes(count - part.from());
            body = part.body();
            resumedAt = count;
        } catch (InterruptedException e) {
            throw new Damage(Requests.interrupted());
        } catch (RegistryException e) {
            throw new Damage(e);
        } catch (Damage e) {
            throw e;
        } catch (IOException e) {
            body = InputStream.nullInputStream(); // it broke while what is known was skipped: once more
        }
    }

    /** How many bytes have come. */
    long count() {
        return count;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        body.close();
    }
}
