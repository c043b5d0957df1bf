package dev.stowbook.supervisor.policy;

import dev.stowbook.spi.cgroup.DeviceRule;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a container is given unless its manifest says otherwise: at least as tight as Docker 28. {@code docs/security.md} shows the two side by
 * side, and a test compares that table with this class.
 */
public final class DefaultContainer {
    private static final String THERMAL_THROTTLE = "/sys/devices/system/cpu/cpu%d/thermal_throttle";

    /** Paths hidden under an empty read-only tmpfs or {@code /dev/null}, where they exist; those of each processor come on top. */
    public static final List<String> MASKED_PATHS = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/sys/devices/virtual/powercap",
            "/sys/firmware");

    /** Paths that can be read but not written. */
    public static final List<String> READ_ONLY_PATHS =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    /** The set that an image made for Docker expects. */
    public static final Set<Capability> CAPABILITIES = Collections.unmodifiableSet(EnumSet.of(
            Capability.CHOWN,
            Capability.DAC_OVERRIDE,
            Capability.FSETID,
            Capability.FOWNER,
            Capability.MKNOD,
            Capability.NET_RAW,
            Capability.SETGID,
            Capability.SETUID,
            Capability.SETFCAP,
            Capability.SETPCAP,
            Capability.NET_BIND_SERVICE,
            Capability.SYS_CHROOT,
            Capability.KILL,
            Capability.AUDIT_WRITE));

    /** Nothing may be used but what is listed; nodes of any device may be made, since making is not using. */
    public static final List<DeviceRule> DEVICE_RULES = List.of(
            new DeviceRule(false, 'a', OptionalInt.empty(), OptionalInt.empty(), "rwm"),
            new DeviceRule(true, 'b', OptionalInt.empty(), OptionalInt.empty(), "m"),
            new DeviceRule(true, 'c', OptionalInt.empty(), OptionalInt.empty(), "m"),
            character(1, 3),
            character(1, 5),
            character(1, 7),
            character(1, 8),
            character(1, 9),
            character(5, 0),
            character(5, 1),
            character(5, 2),
            new DeviceRule(true, 'c', OptionalInt.of(136), OptionalInt.empty(), "rwm"));

    /** A node in {@code /dev}. */
    public record DeviceNode(String name, int major, int minor, int mode) {}

    /** Nodes made in {@code /dev}; {@code console} comes on top with a TTY. */
    public static final List<DeviceNode> DEVICE_NODES = List.of(
            new DeviceNode("null", 1, 3, 0666),
            new DeviceNode("zero", 1, 5, 0666),
            new DeviceNode("full", 1, 7, 0666),
            new DeviceNode("random", 1, 8, 0666),
            new DeviceNode("urandom", 1, 9, 0666),
            new DeviceNode("tty", 5, 0, 0666));

    /** Links made in {@code /dev}, by name. */
    public static final SortedMap<String, String> DEVICE_LINKS = Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(
            "fd", "/proc/self/fd",
            "stdin", "/proc/self/fd/0",
            "stdout", "/proc/self/fd/1",
            "stderr", "/proc/self/fd/2",
            "ptmx", "pts/ptmx")));

    /** A mount every container has. */
    public record DefaultMount(String target, String type, String options) {}

    /** Mounts every container has, in the order they are made. */
    public static final List<DefaultMount> MOUNTS = List.of(
            new DefaultMount("/proc", "proc", "nosuid,noexec,nodev"),
            new DefaultMount("/dev", "tmpfs", "nosuid,mode=755"),
            new DefaultMount("/dev/pts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"),
            new DefaultMount("/dev/shm", "tmpfs", "nosuid,noexec,nodev,mode=1777,size=67108864"),
            new DefaultMount("/dev/mqueue", "mqueue", "nosuid,noexec,nodev"),
            new DefaultMount("/sys", "sysfs", "ro,nosuid,noexec,nodev"),
            new DefaultMount("/sys/fs/cgroup", "cgroup", "ro,nosuid,noexec,nodev"));

    /** A limit of setrlimit(2), clamped to the daemon's own hard limit. */
    public record ResourceLimit(String name, long soft, long hard) {}

    /** Limits that differ from the daemon's. */
    public static final List<ResourceLimit> RESOURCE_LIMITS = List.of(new ResourceLimit("NOFILE", 1024, 524_288));

    private DefaultContainer() {}

    /** {@link #MASKED_PATHS} and the thermal counters of each processor, which tell neighbours what a machine is busy with. */
    public static List<String> maskedPaths(int processors) {
        return Stream.concat(
                        MASKED_PATHS.stream(), IntStream.range(0, processors).mapToObj(THERMAL_THROTTLE::formatted))
                .toList();
    }

    /**
     * Kernel parameters set in the container's own namespaces.
     *
     * @param hostNetwork whether it shares the host's network, whose parameters are not its own
     * @param userNamespace whether it has a user namespace; without one every group may send pings
     */
    public static SortedMap<String, String> sysctls(boolean hostNetwork, boolean userNamespace) {
        var sysctls = new TreeMap<String, String>();
        if (!hostNetwork) {
            sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
            if (!userNamespace) {
                sysctls.put("net.ipv4.ping_group_range", "0 2147483647");
            }
        }
        return Collections.unmodifiableSortedMap(sysctls);
    }

    private static DeviceRule character(int major, int minor) {
        return new DeviceRule(true, 'c', OptionalInt.of(major), OptionalInt.of(minor), "rwm");
    }
}
