package dev.stowbook.volume.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of the kernel's refusals on files of a driver's own. */
class FailuresTest {

    @ParameterizedTest
    @CsvSource({
        Errno.ENOSPC + ", NO_SPACE, make room on the file system of the daemon's root",
        Errno.EDQUOT + ", NO_SPACE, make room on the file system of the daemon's root",
        Errno.EMFILE + ", NO_SPACE, raise the limit of open files",
        Errno.ENOMEM + ", NO_SPACE, the host is short of memory",
        Errno.EROFS + ", DENIED, is mounted read-only",
        Errno.EPERM + ", DENIED, the daemon must run as root",
        Errno.EBUSY + ", BUSY, something still uses the volume",
        Errno.ENOENT + ", IO, ''",
        Errno.EINVAL + ", IO, ''",
        Errno.EIO + ", IO, ''"
    })
    void anErrorNumberBecomesACodeAndAdvice(int errno, DriverErrorCode code, String advice) {
        LinuxException refused = new LinuxException(errno, "mkdirat", "data");
        DriverException failure = Failures.of("create", "data", refused);
        assertEquals(code, failure.code());
        assertEquals(errno, failure.errno());
        assertTrue(failure.getMessage().contains(advice), failure.getMessage());
        assertEquals(advice.isEmpty(), failure.getMessage().endsWith(String.valueOf(refused.getMessage())), failure.getMessage());
    }
}
