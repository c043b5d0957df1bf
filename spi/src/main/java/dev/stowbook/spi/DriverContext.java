package dev.stowbook.spi;

import java.nio.file.Path;
import java.util.Map;

/** What a host gives a driver when it opens it. Safe for use from any thread. */
public interface DriverContext {

    /** A directory of the driver's own below the daemon's root, mode 0700, existing. Layers of a graph driver lie here. */
    Path privateDirectory();

    /** A directory of the driver's own below the daemon's run directory, mode 0700, emptied at boot. */
    Path runDirectory();

    /**
     * The daemon's instance: 12 lower-case hex digits, fixed by the first event of its log. Part of every kernel name, so
     * that several daemons share a host; objects of other instances are FOREIGN and are never touched.
     */
    String instanceId();

    /** The driver's own section of the daemon's configuration: flat keys, string values. */
    Map<String, String> configuration();

    /** Tells the daemon about something that happened unasked. Any thread; never blocks; merged per target. */
    void observe(Observation observation);
}
