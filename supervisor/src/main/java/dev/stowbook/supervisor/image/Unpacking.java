package dev.stowbook.supervisor.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The plain bytes of a stream that may be compressed, as long as they do not become too many. One thread. */
public final class Unpacking extends FilterInputStream {
    private final MeasuredStream raw;
    private final LayerLimits limits;
    private long count;

    private Unpacking(MeasuredStream raw, LayerLimits limits) throws IOException {
        super(Compression.undo(raw));
        this.raw = raw;
        this.limits = limits;
    }

    /** Begins to read. Closing what is returned leaves {@code in} open. Reading ends with an {@link UnpackingException} at a limit. */
    public static Unpacking of(InputStream in, LayerLimits limits) throws IOException {
        return new Unpacking(MeasuredStream.counting(in), limits);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int got = super.read(buffer, offset, length);
        count += Math.max(got, 0);
        if (count > LayerLimits.RATIO_FROM_BYTES && count / limits.ratio() > raw.count()) {
            throw new UnpackingException("unpacks to more than " + limits.ratio() + " times its size (images.layerRatio): refused; if you trust it, "
                    + "raise that limit in the daemon's configuration");
        }
        return got;
    }

    /** Looks whether so many bytes of files, holes included, may come of it. */
    public void admit(long fileBytes) throws UnpackingException {
        if (fileBytes < 0 || fileBytes > limits.bytes()) {
            throw new UnpackingException("unpacks to files of more than " + limits.bytes() + " bytes, holes included (images.layerBytes): refused; "
                    + "if you trust it, raise that limit in the daemon's configuration");
        }
    }
}
