package dev.stowbook.volume.local;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;

/** Turns failures of the calls below into the SPI's. */
final class Failures {
    private Failures() {}

    static DriverException of(String operation, String volume, LinuxException e) {
        DriverErrorCode code = switch (e.errno()) {
            case Errno.ENOSPC, Errno.EDQUOT -> DriverErrorCode.NO_SPACE;
            case Errno.EPERM, Errno.EACCES -> DriverErrorCode.DENIED;
            case Errno.EBUSY -> DriverErrorCode.BUSY;
            default -> DriverErrorCode.IO;
        };
        return new DriverException(code, e.errno(), operation, volume, e.getMessage() + hint(code), e);
    }

    private static String hint(DriverErrorCode code) {
        return switch (code) {
            case NO_SPACE -> "; make room on the file system of the daemon's root, then try again";
            case DENIED -> "; the daemon must run as root";
            case BUSY -> "; something still uses the volume";
            case NOT_FOUND, FOREIGN, IN_USE, UNSUPPORTED, UNAVAILABLE, INVALID, CORRUPT, UNKNOWN, IO -> "";
        };
    }

    static DriverException invalid(String operation, String volume, String sentence) {
        return new DriverException(DriverErrorCode.INVALID, 0, operation, volume, sentence);
    }

    static DriverException notFound(String operation, String volume) {
        return new DriverException(
                DriverErrorCode.NOT_FOUND, 0, operation, volume, "there is no such volume on the disk, or only remains of one");
    }
}
