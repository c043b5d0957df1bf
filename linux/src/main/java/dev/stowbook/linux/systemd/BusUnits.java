package dev.stowbook.linux.systemd;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.systemd.SystemdBus.Manager;
import dev.stowbook.linux.systemd.SystemdBus.PathNumber;
import dev.stowbook.linux.systemd.SystemdBus.Property;
import dev.stowbook.linux.systemd.SystemdBus.TextPair;
import dev.stowbook.linux.systemd.UnitProperty.Bits;
import dev.stowbook.linux.systemd.UnitProperty.DeviceAccess;
import dev.stowbook.linux.systemd.UnitProperty.Flag;
import dev.stowbook.linux.systemd.UnitProperty.Number;
import dev.stowbook.linux.systemd.UnitProperty.PerDevice;
import dev.stowbook.linux.systemd.UnitProperty.Pids;
import dev.stowbook.linux.systemd.UnitProperty.Text;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.interfaces.Properties;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;

/** {@link SystemdUnits} through dbus-java, which takes the JDK's own unix sockets. */
final class BusUnits implements SystemdUnits {
    private static final String BUS = "org.freedesktop.systemd1";
    private static final String PATH = "/org/freedesktop/systemd1";
    /** Where the D-Bus specification has it ("System message bus"), by way of a link. */
    private static final Path SOCKET = Path.of("/var/run/dbus/system_bus_socket");
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);
    private static final Set<String> ENDED = Set.of("inactive", "failed");
    private static final long POLL_MILLIS = 2;

    private final Object lock = new Object();
    private final int version;
    private DBusConnection connection;

    private BusUnits(DBusConnection connection, int version) {
        this.connection = connection;
        this.version = version;
    }

    static BusUnits open() throws LinuxException {
        DBusConnection connection = connection();
        try {
            String text = properties(connection, PATH).Get(BUS + ".Manager", "Version");
            return new BusUnits(connection, Integer.parseInt(text.replaceAll("^\\D*(\\d+).*$", "$1")));
        } catch (DBusException | DBusExecutionException | NumberFormatException e) {
            connection.disconnect();
            throw failure(e, "Version", BUS);
        }
    }

    private static DBusConnection connection() throws LinuxException {
        // The library would look for a socket that is not there for ten seconds.
        if (System.getenv("DBUS_SYSTEM_BUS_ADDRESS") == null && !Files.exists(SOCKET)) {
            throw new LinuxException(Errno.ENOENT, "connect", SOCKET + ", the system bus: systemd is not the first process here, or the"
                    + " package dbus is missing");
        }
        try {
            return DBusConnectionBuilder.forSystemBus().withShared(false).build();
        } catch (DBusException | RuntimeException e) {
            throw new LinuxException(Errno.ECONNREFUSED, "connect", "the system bus, which says: " + e.getMessage());
        }
    }

    private static Properties properties(DBusConnection connection, String path) throws DBusException {
        return connection.getRemoteObject(BUS, path, Properties.class);
    }

    @Override
    public int version() {
        return version;
    }

    /** The connection, made again if the bus went away. */
    private DBusConnection connected() throws LinuxException {
        synchronized (lock) {
            if (!connection.isConnected()) {
                connection = connection();
            }
            return connection;
        }
    }

    private interface Call<T> {
        T on(Manager manager) throws DBusException;
    }

    private <T> T call(String name, String unit, Call<T> call) throws LinuxException {
        try {
            return call.on(connected().getRemoteObject(BUS, PATH, Manager.class));
        } catch (DBusException | DBusExecutionException e) {
            throw failure(e, name, unit);
        }
    }

    @Override
    public void start(String unit, List<UnitProperty> properties, Duration patience) throws LinuxException {
        call("StartTransientUnit", unit, manager -> manager.StartTransientUnit(unit, "fail", converted(properties), List.of()));
        String state = await(unit, patience, Set.of("active", "failed"));
        if (!state.equals("active")) {
            throw new LinuxException(Errno.EIO, "StartTransientUnit", unit + ", which is " + state);
        }
    }

    /**
     * systemd answers first and writes the files when its loop comes round. It takes one message each round, so the answer to a second
     * question comes after the writing.
     */
    @Override
    public void set(String unit, List<UnitProperty> properties) throws LinuxException {
        call("SetUnitProperties", unit, manager -> {
            manager.SetUnitProperties(unit, true, converted(properties));
            return true;
        });
        state(unit);
    }

    @Override
    public void stop(String unit, Duration patience) throws LinuxException {
        if (ENDED.contains(state(unit))) {
            forget(unit);
            return;
        }
        try {
            call("StopUnit", unit, manager -> manager.StopUnit(unit, "replace"));
        } catch (LinuxException e) {
            // A scope whose last process has just ended is forgotten between the question and the answer.
            if (!ENDED.contains(state(unit))) {
                throw e;
            }
        }
        if (!ENDED.contains(await(unit, patience, ENDED))) {
            throw new LinuxException(Errno.EBUSY, "StopUnit", unit + ", which has not ended within " + patience);
        }
        forget(unit);
    }

    /** A failed unit would be in the way of the next of its name. */
    private void forget(String unit) {
        try {
            call("ResetFailedUnit", unit, manager -> {
                manager.ResetFailedUnit(unit);
                return true;
            });
        } catch (LinuxException e) {
            // It did not fail, and so is forgotten already.
            return;
        }
    }

    private String await(String unit, Duration patience, Set<String> states) throws LinuxException {
        long deadline = System.nanoTime() + patience.toNanos();
        String state = state(unit);
        while (!states.contains(state) && System.nanoTime() < deadline) {
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return state;
            }
            state = state(unit);
        }
        return state;
    }

    /** {@code ActiveState}; inactive if there is no such unit, which is loaded as one that was not found. */
    private String state(String unit) throws LinuxException {
        DBusConnection bus = connected();
        return call("LoadUnit", unit, manager -> properties(bus, manager.LoadUnit(unit).getPath()).Get(BUS + ".Unit", "ActiveState"));
    }

    private static List<Property> converted(List<UnitProperty> properties) {
        return properties.stream().map(property -> new Property(property.name(), variant(property.value()))).toList();
    }

    private static Variant<?> variant(UnitProperty.Value value) {
        return switch (value) {
            case Flag flag -> new Variant<>(flag.value(), "b");
            case Number number -> new Variant<>(unsigned(number.value()), "t");
            case Text text -> new Variant<>(text.value(), "s");
            case Pids pids -> new Variant<>(pids.values().stream().map(UInt32::new).toList(), "au");
            case PerDevice devices -> new Variant<>(
                    devices.values().stream().map(device -> new PathNumber(device.path(), unsigned(device.value()))).toList(), "a(st)");
            case DeviceAccess access -> new Variant<>(
                    access.values().stream().map(use -> new TextPair(use.device(), use.access())).toList(), "a(ss)");
            case Bits bits -> new Variant<>(bits.bytes(), "ay");
        };
    }

    private static UInt64 unsigned(long value) {
        BigInteger number = BigInteger.valueOf(value);
        return new UInt64((value < 0 ? number.add(TWO_TO_64) : number).toString());
    }

    private static LinuxException failure(Exception failure, String call, String unit) {
        return new LinuxException(errno(failure), call, unit + ", of which systemd says: " + failure.getMessage());
    }

    /**
     * The library makes a class of each of the bus's own errors; of systemd's (dbus/dbus-common-errors.h of its source) it hands on the text
     * alone, which names the unit.
     */
    static int errno(Exception failure) {
        String text = String.valueOf(failure.getMessage());
        if (text.endsWith(" not loaded.") || text.endsWith(" not found.")) {
            return Errno.ENOENT;
        }
        if (text.contains(" was already loaded")) {
            return Errno.EEXIST;
        }
        return switch (failure.getClass().getSimpleName()) {
            case "UnknownObject" -> Errno.ENOENT;
            case "InvalidMethodArgument", "PropertyReadOnly", "UnknownProperty" -> Errno.EINVAL;
            case "AccessDenied" -> Errno.EPERM;
            case "NoReply", "Timeout", "NotConnected", "SocketClosedException", "ServiceUnknown" -> Errno.ECONNREFUSED;
            default -> text.contains("nteractive authentication required") ? Errno.EPERM : Errno.EIO;
        };
    }

    @Override
    public void close() {
        synchronized (lock) {
            connection.disconnect();
        }
    }
}
