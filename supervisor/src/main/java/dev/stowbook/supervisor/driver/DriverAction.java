package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverException;

/** One verb without a result, with its request bound: {@code driver -> driver.freeze(target)}. */
@FunctionalInterface
public interface DriverAction<D extends Driver> {
    /** Calls the driver; may block. */
    void on(D driver) throws DriverException;
}
