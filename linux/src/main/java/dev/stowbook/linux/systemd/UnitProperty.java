package dev.stowbook.linux.systemd;

import java.util.List;

/**
 * A property of a unit, as {@code StartTransientUnit} and {@code SetUnitProperties} take it (org.freedesktop.systemd1(5),
 * systemd.resource-control(5)).
 *
 * @param name as D-Bus calls it: {@code MemoryMax}, {@code CPUQuotaPerSecUSec}
 * @param value in the type D-Bus wants
 */
public record UnitProperty(String name, Value value) {
    /** What systemd takes for "no limit". */
    public static final long INFINITY = -1;

    /** A value and by it its D-Bus type. */
    public sealed interface Value {}

    /** Type {@code b}. */
    public record Flag(boolean value) implements Value {}

    /** Type {@code t}: unsigned, so that {@link #INFINITY} is the largest. */
    public record Number(long value) implements Value {}

    /** Type {@code s}. */
    public record Text(String value) implements Value {}

    /** Type {@code au}. */
    public record Pids(List<Integer> values) implements Value {
        /** Copies what it is given. */
        public Pids {
            values = List.copyOf(values);
        }
    }

    /** Type {@code a(st)}: a number for each device. */
    public record PerDevice(List<DeviceNumber> values) implements Value {
        /** Copies what it is given. */
        public PerDevice {
            values = List.copyOf(values);
        }
    }

    /**
     * A device's part of a {@link PerDevice}.
     *
     * @param path of its node
     * @param value rate or weight; {@link #INFINITY} for none
     */
    public record DeviceNumber(String path, long value) {}

    /** Type {@code ay}: bit n of byte n / 8 stands for processor or node n. */
    public record Bits(List<Byte> bytes) implements Value {
        /** Copies what it is given. */
        public Bits {
            bytes = List.copyOf(bytes);
        }
    }

    /** Type {@code a(ss)}: kinds of devices and how they may be used. */
    public record DeviceAccess(List<DeviceUse> values) implements Value {
        /** Copies what it is given. */
        public DeviceAccess {
            values = List.copyOf(values);
        }
    }

    /**
     * One line of a {@link DeviceAccess}.
     *
     * @param device a node's path, or {@code char-*} and {@code block-*}
     * @param access of the letters {@code rwm}
     */
    public record DeviceUse(String device, String access) {}

    /** A property of type {@code b}. */
    public static UnitProperty flag(String name, boolean value) {
        return new UnitProperty(name, new Flag(value));
    }

    /** A property of type {@code t}. */
    public static UnitProperty number(String name, long value) {
        return new UnitProperty(name, new Number(value));
    }

    /** A property of type {@code s}. */
    public static UnitProperty text(String name, String value) {
        return new UnitProperty(name, new Text(value));
    }
}
