package dev.stowbook.network.bridge;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;

/** Turns what the kernel answered into the driver's typed failures. */
final class Failures {
    private Failures() {}

    static DriverException of(LinuxException failure, String operation, String target) {
        return new DriverException(code(failure.errno()), failure.errno(), operation, target, failure.getMessage(), failure);
    }

    static DriverException of(NftablesException failure, String operation, String target) {
        DriverErrorCode code = failure.libraryMissing() ? DriverErrorCode.UNAVAILABLE : DriverErrorCode.IO;
        return new DriverException(code, 0, operation, target, failure.getMessage(), failure);
    }

    static DriverException of(DriverErrorCode code, String operation, String target, String detail) {
        return new DriverException(code, 0, operation, target, detail);
    }

    private static DriverErrorCode code(int errno) {
        return switch (errno) {
            case Errno.EBADF -> DriverErrorCode.INVALID; // of the sandbox that came with the request
            case Errno.EAGAIN -> DriverErrorCode.IO; // netlink did not answer in time
            default -> DriverErrorCode.ofErrno(errno);
        };
    }
}
