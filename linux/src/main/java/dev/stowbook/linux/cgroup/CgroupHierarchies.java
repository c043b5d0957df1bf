package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which cgroup hierarchies a host has and where: immutable, read once.
 *
 * <p>Sources: {@code /proc/self/mountinfo} (proc_pid_mountinfo(5)), {@code /proc/cgroups} (cgroups(7)), the root group's
 * {@code cgroup.controllers} (cgroup-v2.rst), and the magic of {@code /sys/fs/cgroup} by statfs(2).
 *
 * @param layout what kind of host this is
 * @param v1 controller to the mount of its v1 hierarchy; co-mounted controllers share one
 * @param unified where the v2 hierarchy is mounted
 * @param v2Controllers controllers that the v2 hierarchy owns
 * @param kernel controllers the kernel knows, with whether they are switched on
 */
public record CgroupHierarchies(
        Layout layout, Map<String, Path> v1, Optional<Path> unified, Set<String> v2Controllers, Map<String, Boolean> kernel) {

    /** {@code stat -f} of a host with v1 hierarchies: statfs(2) TMPFS_MAGIC. */
    public static final long TMPFS_MAGIC = 0x01021994L;
    /** {@code stat -f} of a pure v2 host: statfs(2) CGROUP2_SUPER_MAGIC. */
    public static final long CGROUP2_SUPER_MAGIC = 0x63677270L;

    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    /** Kinds of hosts. */
    public enum Layout {
        /** v1 hierarchies only. */
        LEGACY,
        /** v1 hierarchies, and a v2 one beside them with what controllers v1 leaves it. */
        HYBRID,
        /** One v2 hierarchy. */
        UNIFIED,
        /** No cgroup file system is mounted. */
        NONE
    }

    public CgroupHierarchies {
        v1 = Collections.unmodifiableMap(new LinkedHashMap<>(v1));
        v2Controllers = Collections.unmodifiableSet(new TreeSet<>(v2Controllers));
        kernel = Collections.unmodifiableMap(new TreeMap<>(kernel));
    }

    /** Reads this host. @throws LinuxException if proc is not there */
    public static CgroupHierarchies detect(CgroupFiles files) throws LinuxException {
        String mounts = files.read(Path.of("/proc/self/mountinfo"));
        Path cgroups = Path.of("/proc/cgroups");
        // A kernel built without v1 has no /proc/cgroups.
        String kernel = files.exists(cgroups) ? files.read(cgroups) : "";
        Optional<Path> unified = unifiedMount(mounts);
        String controllers = unified.isPresent() ? files.read(unified.get().resolve("cgroup.controllers")) : "";
        return parse(mounts, kernel, controllers, magicOf(ROOT));
    }

    /**
     * As {@link #detect} from texts.
     *
     * @param mountinfo content of {@code /proc/self/mountinfo}
     * @param procCgroups content of {@code /proc/cgroups}
     * @param controllers content of {@code cgroup.controllers} of the v2 root group
     * @param magic of {@code /sys/fs/cgroup}
     */
    public static CgroupHierarchies parse(String mountinfo, String procCgroups, String controllers, long magic) {
        var kernel = new TreeMap<String, Boolean>();
        for (String line : procCgroups.split("\n")) {
            String[] columns = line.trim().split("\\s+");
            if (columns.length == 4 && !line.startsWith("#")) {
                kernel.put(columns[0], columns[3].equals("1"));
            }
        }
        var v2 = new TreeSet<String>();
        for (String name : controllers.trim().split("\\s+")) {
            if (!name.isEmpty()) {
                v2.add(name);
            }
        }
        v2.forEach(name -> kernel.putIfAbsent(name, true));
        var v1 = new LinkedHashMap<String, Path>();
        for (MountLine mount : MountLine.parseAll(mountinfo)) {
            if (mount.type().equals("cgroup")) {
                mount.options().stream().filter(kernel::containsKey).forEach(name -> v1.putIfAbsent(name, mount.point()));
            }
        }
        Optional<Path> unified = unifiedMount(mountinfo);
        return new CgroupHierarchies(layout(v1, unified, magic), v1, unified, v2, kernel);
    }

    private static Layout layout(Map<String, Path> v1, Optional<Path> unified, long magic) {
        if (magic == CGROUP2_SUPER_MAGIC) {
            return Layout.UNIFIED;
        }
        if (v1.isEmpty()) {
            return unified.isPresent() ? Layout.UNIFIED : Layout.NONE;
        }
        return unified.isPresent() ? Layout.HYBRID : Layout.LEGACY;
    }

    /**
     * Where a v1 hierarchy without a controller is mounted.
     *
     * @param mountinfo content of {@code /proc/self/mountinfo}
     * @param name its name: {@code systemd} for {@code name=systemd} (cgroups(7))
     */
    public static Optional<Path> named(String mountinfo, String name) {
        return MountLine.parseAll(mountinfo).stream()
                .filter(mount -> mount.type().equals("cgroup") && mount.options().contains("name=" + name))
                .map(MountLine::point)
                .findFirst();
    }

    /** These hierarchies as a host without a v2 mount would have them. */
    public CgroupHierarchies withoutUnified() {
        return new CgroupHierarchies(v1.isEmpty() ? Layout.NONE : Layout.LEGACY, v1, Optional.empty(), Set.of(), kernel);
    }

    /** The magic number of the file system at a path; 0 if there is none. */
    static long magicOf(Path path) {
        byte[] buffer = new byte[256];
        try {
            CgroupNative.statfs(path.toString(), buffer);
        } catch (LastErrorException e) {
            return 0;
        }
        return ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder()).getLong(0);
    }

    private static Optional<Path> unifiedMount(String mountinfo) {
        return MountLine.parseAll(mountinfo).stream()
                .filter(mount -> mount.type().equals("cgroup2"))
                .map(MountLine::point)
                .findFirst();
    }

    /** What this area needs of a line of mountinfo. */
    private record MountLine(Path point, String type, List<String> options) {
        private static final int POINT = 4;

        static List<MountLine> parseAll(String mountinfo) {
            return mountinfo.lines().map(MountLine::parse).flatMap(Optional::stream).toList();
        }

        private static Optional<MountLine> parse(String line) {
            int separator = line.indexOf(" - ");
            if (separator < 0) {
                return Optional.empty();
            }
            String[] left = line.substring(0, separator).split(" ");
            String[] right = line.substring(separator + 3).split(" ");
            if (left.length <= POINT || right.length < 3) {
                return Optional.empty();
            }
            return Optional.of(new MountLine(Path.of(unescaped(left[POINT])), right[0], List.of(right[2].split(","))));
        }

        private static String unescaped(String field) {
            return field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
        }
    }
}
