package com.example.stowbook.btrfs;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.layer.LayerException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.io.IOException;

/** Turns failures of the calls below into the SPI's. */
final class Failures {
    private Failures() {}

    static DriverException of(String operation, String target, LinuxException e) {
        DriverErrorCode code = switch (e.errno()) {
            case Errno.ENOSPC, Errno.EDQUOT -> DriverErrorCode.NO_SPACE;
            case Errno.EPERM, Errno.EACCES -> DriverErrorCode.DENIED;
            case Errno.EBUSY -> DriverErrorCode.BUSY;
            default -> DriverErrorCode.IO;
        };
        return new DriverException(code, e.errno(), operation, target, e.getMessage() + hint(code), e);
    }

    static DriverException of(String operation, String target, IOException e) {
        DriverErrorCode code = e instanceof LayerException ? DriverErrorCode.CORRUPT : DriverErrorCode.IO;
        return new DriverException(code, 0, operation, target, String.valueOf(e.getMessage()), e);
    }

    private static String hint(DriverErrorCode code) {
        return switch (code) {
            case NO_SPACE -> "; make room on the file system of the daemon's root, then try again";
            case DENIED -> "; the daemon must run as root";
            case BUSY -> "; something still uses the layer's mount";
            case NOT_FOUND, FOREIGN, IN_USE, UNSUPPORTED, UNAVAILABLE, INVALID, CORRUPT, UNKNOWN, IO -> "";
        };
    }

    static DriverException notFound(String operation, String layerId) {
        return new DriverException(
                DriverErrorCode.NOT_FOUND, 0, operation, layerId, "there is no such layer; \"inspect\" tells what is left of it");
    }

    static DriverException noParent(String operation, String layerId, String parentId) {
        return new DriverException(
                DriverErrorCode.NOT_FOUND, 0, operation, layerId, "its parent " + parentId + " is no complete read-only layer");
    }
}
