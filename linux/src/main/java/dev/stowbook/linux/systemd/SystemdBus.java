package dev.stowbook.linux.systemd;

import java.util.List;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.Struct;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.annotations.Position;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.types.Variant;

/** What D-Bus calls us for: names and types as in org.freedesktop.systemd1(5). Public only because dbus-java makes proxies of it. */
public final class SystemdBus {
    private SystemdBus() {}

    /** {@code org.freedesktop.systemd1.Manager}, the part we use. */
    @DBusInterfaceName("org.freedesktop.systemd1.Manager")
    public interface Manager extends DBusInterface {
        /** Queues a job, and says which. */
        DBusPath StartTransientUnit(String name, String mode, List<Property> properties, List<Auxiliary> auxiliary);

        /** Queues a job, and says which. */
        DBusPath StopUnit(String name, String mode);

        /** Forgets that a unit failed. */
        void ResetFailedUnit(String name);

        /** Where a unit is, loaded if it was not. */
        DBusPath LoadUnit(String name);

        /** Changes properties; until the next boot if {@code runtime}. */
        void SetUnitProperties(String name, boolean runtime, List<Property> properties);
    }

    /** {@code (sv)}. */
    public static final class Property extends Struct {
        /** The name. */
        @Position(0)
        public final String name;

        /** The value. */
        @Position(1)
        public final Variant<?> value;

        /** As dbus-java wants it. */
        public Property(String name, Variant<?> value) {
            this.name = name;
            this.value = value;
        }
    }

    /** {@code (sa(sv))}: units to make along; none of ours. */
    public static final class Auxiliary extends Struct {
        /** The name. */
        @Position(0)
        public final String name;

        /** Its properties. */
        @Position(1)
        public final List<Property> properties;

        /** As dbus-java wants it. */
        public Auxiliary(String name, List<Property> properties) {
            this.name = name;
            this.properties = properties;
        }
    }

    /** {@code (st)}. */
    public static final class PathNumber extends Struct {
        /** The path. */
        @Position(0)
        public final String path;

        /** The number. */
        @Position(1)
        public final org.freedesktop.dbus.types.UInt64 value;

        /** As dbus-java wants it. */
        public PathNumber(String path, org.freedesktop.dbus.types.UInt64 value) {
            this.path = path;
            this.value = value;
        }
    }

    /** {@code (ss)}. */
    public static final class TextPair extends Struct {
        /** The first. */
        @Position(0)
        public final String first;

        /** The second. */
        @Position(1)
        public final String second;

        /** As dbus-java wants it. */
        public TextPair(String first, String second) {
            this.first = first;
            this.second = second;
        }
    }
}
