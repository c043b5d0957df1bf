package dev.stowbook.supervisor.image;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarSplitter;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A layer on its way from its source to the driver: what passes is decompressed, counted, digested, held against the limits and split. It tells
 * failures of the source and breaches of the limits from those of the driver, which reads it. One thread at a time.
 */
final class LayerIntake extends InputStream {
    private static final long TELL_EVERY_BYTES = 4 << 20;

    private final String name;
    private final LayerLimits limits;
    private final MeasuredStream raw;
    private final InputStream plain;
    private final TarSplitWriter split;
    private final TarSplitter splitter;
    private final LongConsumer told;
    private final MessageDigest computation = Digest.begin();
    private long count;
    private long toldAt;
    private long entries;
    private long files;
    private Optional<ImageException> failure = Optional.empty();
    private boolean decided;

    /** @throws ImageException if the source breaks off within its first bytes */
    LayerIntake(LayerBlob blob, MeasuredStream raw, LayerLimits limits, TarSplitWriter split, LongConsumer told) throws ImageException {
        this.name = blob.name();
        this.raw = raw;
        this.limits = limits;
        this.split = split;
        this.told = told;
        this.splitter = new TarSplitter(new LimitedParts());
        try {
            this.plain = Compression.undo(raw);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Looks at each member before the driver does. */
    private final class LimitedParts implements TarSplitter.Parts {
        @Override
        public void entry(TarEntry entry, long fileBytes) throws IOException {
            entries++;
            if (entries > limits.entries()) {
                throw refuse("has more than " + limits.entries() + " entries (images.layerEntries)");
            }
            if (entry.path().length() > limits.pathBytes()) {
                throw refuse("has an entry whose path has " + entry.path().length() + " bytes, more than " + limits.pathBytes()
                        + " (images.pathBytes): " + entry.display());
            }
            long depth = entry.path().chars().filter(c -> c == '/').count();
            if (depth > limits.depth()) {
                throw refuse("has an entry " + depth + " directories deep, more than " + limits.depth() + " (images.layerDepth): "
                        + RawPath.display(entry.path()));
            }
            files += fileBytes;
            if (fileBytes < 0 || files < 0 || files > limits.bytes()) {
                throw refuse("unpacks to files of more than " + limits.bytes() + " bytes, holes included (images.layerBytes)");
            }
            split.entry(entry, fileBytes);
        }

        @Override
        public void left(byte[] bytes, int offset, int length) throws IOException {
            split.left(bytes, offset, length);
        }

        @Override
        public void content(byte[] bytes, int offset, int length) throws IOException {
            split.content(bytes, offset, length);
        }
    }

    private IOException refuse(String why) {
        ImageException refused = new ImageException(ErrorCode.INVALID, "the layer " + name + " " + why
                + ": refused; if you trust the image, raise that limit in the daemon's configuration");
        failure = Optional.of(refused);
        decided = true;
        return new IOException(refused.getMessage(), refused);
    }

    private ImageException broken(IOException e) {
        if (e instanceof UnpackingException) {
            return new ImageException(ErrorCode.INVALID, "the layer " + name + " " + e.getMessage(), e);
        }
        return e.getCause() instanceof ImageException known
                ? known
                : new ImageException(ErrorCode.INVALID, "the layer " + name + " cannot be unpacked: " + Compression.reason(e), e);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int got;
        try {
            got = plain.read(buffer, offset, length);
        } catch (IOException e) {
            failure = Optional.of(broken(e));
            decided = e.getCause() instanceof ImageException;
            throw e;
        }
        if (got > 0) {
            count += got;
            check();
            computation.update(buffer, offset, got);
            splitter.accept(buffer, offset, got);
            if (count - toldAt >= TELL_EVERY_BYTES) {
                toldAt = count;
                told.accept(count);
            }
        }
        return got;
    }

    private void check() throws IOException {
        if (count > limits.bytes()) {
            throw refuse("unpacks to more than " + limits.bytes() + " bytes (images.layerBytes)");
        }
        if (count > LayerLimits.RATIO_FROM_BYTES && count / limits.ratio() > raw.count()) {
            throw refuse("unpacks to more than " + limits.ratio() + " times its size (images.layerRatio)");
        }
    }

    /** Reads what is left. */
    void drain() throws IOException {
        byte[] buffer = new byte[65536];
        while (read(buffer, 0, buffer.length) >= 0) {
            // counted, digested and split as it passes
        }
    }

    /** Gives back what undoing the compression took. Not {@code close}: whom it is handed to may call that, and its rest is read after. */
    void end() throws IOException {
        plain.close();
    }

    /** Why it broke off, if that was neither the driver's nor the disk's doing. */
    Optional<ImageException> failure() {
        return failure;
    }

    /** Whether nothing more has to be looked at: a limit is broken, or the source itself said what is wrong. */
    boolean isDecided() {
        return decided;
    }

    long count() {
        return count;
    }

    /** The digest of all that was read; ends the computation. */
    Digest digest() {
        return Digest.ended(computation);
    }
}
