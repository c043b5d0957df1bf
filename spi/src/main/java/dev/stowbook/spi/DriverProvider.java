package dev.stowbook.spi;

import java.util.Set;
import org.pf4j.ExtensionPoint;

/**
 * A driver plugin's extension point: says what the driver is and opens it.
 *
 * @param <D> the driver interface that {@link #open} returns
 * @param <C> the capability enum of that kind of driver
 */
public interface DriverProvider<D extends Driver, C extends Enum<C>> extends ExtensionPoint {

    /** The SPI level this jar describes. A host opens providers of its own level only. */
    int SPI_LEVEL = 1;

    /** The name users choose the driver by: lower case letters, digits and {@code -}; for example {@code overlay}. */
    String name();

    /** The {@link #SPI_LEVEL} the driver was compiled against. */
    int spiLevel();

    /** What this driver can do; a verb or field behind a missing capability answers {@link DriverErrorCode#UNSUPPORTED}. */
    Set<C> capabilities();

    /**
     * Says whether the host has what this driver needs. Mutates nothing; called before {@link #open} when no driver is
     * named in the configuration.
     */
    Health probe();

    /**
     * Opens the driver. Called once per daemon, on a worker thread.
     *
     * @throws DriverException {@link DriverErrorCode#UNAVAILABLE} with a sentence that says what the host lacks
     */
    D open(DriverContext context) throws DriverException;
}
