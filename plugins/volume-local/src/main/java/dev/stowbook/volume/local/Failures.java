package dev.stowbook.volume.local;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;

/** Turns failures of the calls below into the SPI's. */
final class Failures {
    private Failures() {}

    static DriverException of(String operation, String volume, LinuxException e) {
        return DriverException.ofOwnFiles(e.errno(), operation, volume, e.getMessage(), "the volume", e);
    }

    static DriverException invalid(String operation, String volume, String sentence) {
        return new DriverException(DriverErrorCode.INVALID, 0, operation, volume, sentence);
    }

    static DriverException notFound(String operation, String volume) {
        return new DriverException(
                DriverErrorCode.NOT_FOUND, 0, operation, volume, "there is no such volume on the disk, or only remains of one");
    }
}
