package dev.stowbook.testkit.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The errors that a disk and its file system bring about at any call: it breaks, is full, a quota ends, somebody mounted it read-only or took
 * rights away, the kernel has no memory.
 */
public final class UsualErrors {
    /** In the order of how often they are met. */
    private static final List<Integer> NUMBERS =
            List.of(Errno.ENOSPC, Errno.EIO, Errno.EACCES, Errno.EDQUOT, Errno.EROFS, Errno.ENOMEM);

    private static final boolean ALL = "all".equals(System.getProperty("stowbook.tests"));

    private UsualErrors() {}

    /**
     * What a call is struck by: all of them with {@code -Dstowbook.tests=all}, otherwise one, another for each call.
     *
     * @param call any number of it
     * @param killed whether a kill, as 0, is among them
     */
    public static int[] forCall(long call, boolean killed) {
        Stream<Integer> errors = ALL ? NUMBERS.stream() : Stream.of(NUMBERS.get((int) (call % NUMBERS.size())));
        return IntStream.concat(killed ? IntStream.of(0) : IntStream.empty(), errors.mapToInt(Integer::intValue)).toArray();
    }

    /** That a failure is told as what it is: by the code that belongs to the errno, the errno itself and a sentence. */
    public static void assertTold(Faults faults, DriverException failure) {
        assertTold(faults, failure, DriverErrorCode.ofErrno(faults.errno()));
    }

    /** As above, for a verb that has a code of its own for whatever goes wrong. */
    public static void assertTold(Faults faults, DriverException failure, DriverErrorCode code) {
        assertTrue(faults.struck(), faults + ", which was not reached, and yet: " + failure);
        assertEquals(faults.errno(), failure.errno(), faults + ": " + failure);
        assertEquals(code, failure.code(), faults + ": " + failure);
        assertFalse(failure.getMessage().isBlank(), faults + ": a failure says what failed");
    }
}
