package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverException;

/** One verb with its request bound: {@code driver -> driver.prepare(request)}. */
@FunctionalInterface
public interface DriverCall<D extends Driver, T> {
    /** Calls the driver; may block. Must not answer null. */
    T on(D driver) throws DriverException;
}
