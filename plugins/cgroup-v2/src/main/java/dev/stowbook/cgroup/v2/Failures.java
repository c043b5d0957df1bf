package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.GroupId;
import java.util.List;

/** Turns what went wrong into the SPI's typed failures. */
final class Failures {
    private Failures() {}

    /** A system call of a verb failed. */
    static DriverException of(LinuxException failure, String verb, GroupId group) {
        DriverErrorCode code = DriverErrorCode.ofErrno(failure.errno());
        return new DriverException(code, failure.errno(), verb, group.path(), failure.getMessage() + advice(failure), failure);
    }

    private static String advice(LinuxException failure) {
        boolean memory = failure.target().contains("memory.");
        return switch (failure.errno()) {
            case Errno.EINVAL -> failure.target().endsWith(".pressure")
                    ? "; without CAP_SYS_RESOURCE the window has to be a multiple of 2 s (psi.rst, Linux 6.5)"
                    : "";
            case Errno.EBUSY -> memory ? "; the group uses more memory than that: choose a higher limit or stop something" : "";
            case Errno.EROFS -> "; the hierarchy is mounted read-only: remount it writable on the host";
            case Errno.EACCES, Errno.EPERM -> "; the driver needs root, and a value within the parent group's";
            case Errno.ENOSPC -> "; the kernel's table of groups is full: remove groups that are no longer needed";
            default -> "";
        };
    }

    static DriverException notFound(String verb, GroupId group) {
        return new DriverException(DriverErrorCode.NOT_FOUND, 0, verb, group.path(), "there is no such group; create it first");
    }

    static DriverException invalid(String verb, GroupId group, List<String> violations) {
        return new DriverException(DriverErrorCode.INVALID, 0, verb, group.path(), String.join("; ", violations));
    }

    static DriverException busy(String verb, GroupId group, String detail) {
        return new DriverException(DriverErrorCode.BUSY, Errno.EBUSY, verb, group.path(), detail);
    }

    static DriverException unsupported(String verb, GroupId group, String detail) {
        return new DriverException(DriverErrorCode.UNSUPPORTED, 0, verb, group.path(), detail);
    }
}
