package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A blob as it comes: a connection that breaks is taken up again where it broke (RFC 9110, section 14 "Range Requests"), and at the end the whole
 * must have the size and digest it was named by. What is wrong with it is thrown as a {@link Damage}. A mirror that sends it damaged, or never to
 * its end, is shunned.
 */
final class BlobStream extends InputStream {

    private static final int PROGRESS_BYTES = 64 << 10;

    /** Opens it from some byte on. */
    interface Source {
        Part open(long offset) throws RegistryException;

        /** These are of no use. @return whether it is opened elsewhere from now on */
        boolean shun(Collection<Requests> places, RegistryException why);
    }

    /** What came, and from where: perhaps from an earlier byte on than was asked for. */
    record Part(InputStream body, long from, Requests place) {}

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
    /** All that it came from. */
    private final Set<Requests> places = new LinkedHashSet<>();
    private Requests place;
    private InputStream body;
    private long count;
    private long resumedAt;
    private boolean complete;
    private @Nullable Damage damage;
    private volatile boolean closed;

    BlobStream(Descriptor blob, Source source, int attempts) throws RegistryException {
        this.blob = blob;
        this.source = source;
        this.backoff = new Backoff(attempts);
        this.computation = Digest.begin();
        Part first = source.open(0);
        this.body = first.body();
        this.place = first.place();
        places.add(place);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (damage != null) {
            throw damage; // again, since whoever undoes a compression may drop what he meets behind its end
        }
        if (complete || length == 0) {
            return length == 0 ? 0 : -1;
        }
        try {
            return next(bytes, offset, length);
        } catch (Damage e) {
            damage = e;
            throw e;
        }
    }

    private int next(byte[] bytes, int offset, int length) throws IOException {
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
            throw damaged(RegistryException.invalid("registry " + registry() + " sends more than the " + blob.sizeBytes() + " bytes that the blob "
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
            throw damaged(RegistryException.invalid("what registry " + String.join(" and ", places.stream().map(BlobStream::name).toList()) + " sends as the blob "
                    + blob.digest() + " has the digest " + actual + ": it is damaged or forged, and nothing of it is kept"));
        }
        return -1;
    }

    private static String name(Requests place) {
        return place.endpoint().registry();
    }

    private String registry() {
        return name(place);
    }

    /** What has been read is of no use; whoever read it may begin anew. */
    private Damage damaged(RegistryException why) {
        source.shun(places, why);
        return new Damage(why);
    }

    private void resume(Optional<IOException> failure) throws IOException {
        body.close();
        try {
            if (closed || !backoff.again(Optional.empty())) {
                RegistryException why = ended(failure);
                if (closed || !source.shun(Set.of(place), why)) {
                    throw new Damage(why);
                }
                backoff.progressed();
            }
            Part part = source.open(count);
            body = part.body();
            place = part.place();
            places.add(place);
            if (part.from() > count) {
                throw damaged(RegistryException.invalid("registry " + registry() + " answers a request from byte " + count + " on with bytes from "
                        + part.from() + " on"));
            }
            body.skipNBytes(count - part.from());
            resumedAt = count;
        } catch (InterruptedException e) {
            throw new Damage(Requests.interrupted());
        } catch (RegistryException e) {
            throw new Damage(e);
        } catch (Damage e) {
            throw e;
        } catch (IOException e) {
            body.close();
            body = InputStream.nullInputStream(); // it broke while what is known was skipped: once more
        }
    }

    private RegistryException ended(Optional<IOException> failure) {
        return new RegistryException(ErrorCode.UNAVAILABLE, "registry " + registry() + " ended the blob " + blob.digest() + " after " + count + " of "
                + blob.sizeBytes() + " bytes" + failure.map(e -> " (" + Sentences.printable(String.valueOf(e.getMessage())) + ")").orElse("")
                + ": try again, or ask who runs it");
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
