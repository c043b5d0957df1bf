package dev.stowbook.linux.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.linux.Errno;
import java.util.Map;
import org.freedesktop.dbus.errors.AccessDenied;
import org.freedesktop.dbus.errors.InvalidMethodArgument;
import org.freedesktop.dbus.errors.NoReply;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.junit.jupiter.api.Test;

class BusUnitsTest {
    @Test
    void whatTheBusAndSystemdSayHasAnErrno() {
        Map<Exception, Integer> expected = Map.of(
                new DBusExecutionException("Unit stowbook-1.scope not loaded."), Errno.ENOENT,
                new DBusExecutionException("Unit stowbook-1.scope was already loaded or has a fragment file."), Errno.EEXIST,
                new InvalidMethodArgument("Invalid argument"), Errno.EINVAL,
                new AccessDenied("Access denied"), Errno.EPERM,
                new DBusExecutionException("Interactive authentication required."), Errno.EPERM,
                new NoReply("no answer in time"), Errno.ECONNREFUSED,
                new DBusExecutionException("something else"), Errno.EIO);
        expected.forEach((failure, errno) -> assertEquals(errno, BusUnits.errno(failure), failure.toString()));
    }
}
