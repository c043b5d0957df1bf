package dev.stowbook.spi;

/**
 * An opened driver. Lives from {@link DriverProvider#open} to {@link #close}; both are called once, on a worker thread.
 *
 * <p>Closing releases threads and descriptors of the driver and nothing else: layers, groups and networks outlive it.
 */
public interface Driver extends AutoCloseable {

    /** Releases threads and descriptors; kernel objects stay. Idempotent, never throws. */
    @Override
    void close();
}
