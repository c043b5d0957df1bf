package dev.stowbook.graph.overlay;

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
        DriverErrorCode code = code(e.errno());
        return new DriverException(code, e.errno(), operation, target, e.getMessage() + hint(code, e.errno()), e);
    }

    /** What these calls name is this driver's own: the caller asked for nothing that could be missing or malformed there. */
    private static DriverErrorCode code(int errno) {
        DriverErrorCode code = DriverErrorCode.ofErrno(errno);
        return code == DriverErrorCode.NOT_FOUND || code == DriverErrorCode.INVALID ? DriverErrorCode.IO : code;
    }

    static DriverException of(String operation, String target, IOException e) {
        DriverErrorCode code = e instanceof LayerException ? DriverErrorCode.CORRUPT : DriverErrorCode.IO;
        return new DriverException(code, 0, operation, target, String.valueOf(e.getMessage()), e);
    }

    private static String hint(DriverErrorCode code, int errno) {
        return switch (code) {
            case NO_SPACE -> switch (errno) {
                case Errno.ENOSPC, Errno.EDQUOT -> "; make room on the file system of the daemon's root, then try again";
                case Errno.EMFILE, Errno.ENFILE -> "; raise the limit of open files";
                default -> "; the host is short of memory";
            };
            case DENIED -> errno == Errno.EROFS
                    ? "; the file system of the daemon's root is mounted read-only: \"dmesg\" may say why"
                    : "; the daemon must run as root";
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
