package dev.stowbook.supervisor.image;

/**
 * What one layer may be at most; kept while it streams in.
 *
 * @param bytes of its uncompressed tar
 * @param ratio how many bytes one compressed byte may become, on the whole; looked at from {@link #RATIO_FROM_BYTES} on
 * @param entries members of its tar
 * @param depth directories on the way to one of them
 * @param pathBytes of one of their paths
 */
public record LayerLimits(long bytes, long ratio, long entries, int depth, int pathBytes) {
    /** What is smaller does no harm, and may well shrink to nothing: a database that was set up but holds no rows. */
    static final long RATIO_FROM_BYTES = 256L << 20;

    /** The deepest that a layer can be unpacked. */
    public static final int MOST_DEPTH = 512;

    /** The longest path that the kernel takes. */
    public static final int MOST_PATH_BYTES = 4095;

    /** Far above what images have. */
    public static LayerLimits defaults() {
        return new LayerLimits(64L << 30, 100, 2_000_000, 256, MOST_PATH_BYTES);
    }
}
