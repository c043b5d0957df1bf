package dev.stowbook.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.linux.Errno;
import dev.stowbook.spi.DriverErrorCode;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The one table of what error numbers mean. Here and not beside it, because the numbers have names in the library of system calls only. */
class DriverErrorCodeTest {
    private static final Map<DriverErrorCode, Set<Integer>> TABLE = Map.of(
            DriverErrorCode.NOT_FOUND, Set.of(Errno.ENOENT, Errno.ESRCH, Errno.ENXIO, Errno.ENODEV),
            DriverErrorCode.DENIED, Set.of(Errno.EPERM, Errno.EACCES, Errno.EROFS),
            DriverErrorCode.NO_SPACE, Set.of(
                    Errno.EAGAIN, Errno.ENOMEM, Errno.ENFILE, Errno.EMFILE, Errno.ENOSPC, Errno.ENOBUFS, Errno.EDQUOT),
            DriverErrorCode.BUSY, Set.of(Errno.EBUSY),
            DriverErrorCode.INVALID, Set.of(Errno.E2BIG, Errno.EINVAL, Errno.ERANGE, Errno.ENAMETOOLONG, Errno.EADDRNOTAVAIL),
            DriverErrorCode.UNSUPPORTED, Set.of(Errno.ENOSYS, Errno.EOPNOTSUPP),
            DriverErrorCode.IN_USE, Set.of(Errno.EADDRINUSE));

    @Test
    void anErrorNumberMeansWhatTheTableSaysAndAnyOtherIsAnInputOrOutputError() {
        Map<DriverErrorCode, Set<Integer>> told = IntStream.rangeClosed(0, 4095)
                .boxed()
                .filter(errno -> DriverErrorCode.ofErrno(errno) != DriverErrorCode.IO)
                .collect(Collectors.groupingBy(DriverErrorCode::ofErrno, Collectors.toSet()));
        assertEquals(TABLE, told);
    }
}
