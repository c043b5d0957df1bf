package dev.stowbook.linux.systemd;

import dev.stowbook.linux.LinuxException;
import java.time.Duration;
import java.util.List;

/**
 * Starts, changes and stops transient units of the system's systemd (org.freedesktop.systemd1(5)). What came of a call is to be read
 * from the kernel; calls return when systemd has done it.
 *
 * <p>Lifecycle: one connection to the system bus, made again when it was lost; {@link #close} ends it, units stay. Threads: any.
 * Failures are {@link LinuxException}: EEXIST and ENOENT for the unit, EINVAL for a property, EPERM, ECONNREFUSED where the bus does
 * not answer; the message has systemd's own sentence.
 */
public interface SystemdUnits extends AutoCloseable {

    /** Connects to the system bus. */
    static SystemdUnits connect() throws LinuxException {
        return BusUnits.open();
    }

    /** Its version: 252. */
    int version();

    /**
     * Starts a transient unit and waits until it is active.
     *
     * @param unit with its suffix: {@code x.scope}, {@code x.slice}
     */
    void start(String unit, List<UnitProperty> properties, Duration patience) throws LinuxException;

    /** Changes properties until the next boot, and waits until systemd has written what follows from them. */
    void set(String unit, List<UnitProperty> properties) throws LinuxException;

    /** Stops a unit, ending its processes, and waits until it is inactive. One that is not there is success. */
    void stop(String unit, Duration patience) throws LinuxException;

    @Override
    void close();
}
