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

    /**
     * Begins to read. Closing what is returned leaves {@code in} open.
     *
     * @throws UnpackingException here and from every read: at a limit, and where the stream is damaged or ends early
     */
    public static Unpacking of(InputStream in, LayerLimits limits) throws IOException {
        try {
            return new Unpacking(MeasuredStream.counting(in), limits);
        } catch (IOException e) {
            throw damaged(e);
        }
    }

    private static UnpackingException damaged(IOException e) {
        return e instanceof UnpackingException known
                ? known
                : new UnpackingException("ends early or is damaged (" + Compression.reason(e) + "): make it anew, or send it again", e);
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
            got = super.read(buffer, offset, length);
        } catch (IOException e) {
            throw damaged(e);
        }
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
