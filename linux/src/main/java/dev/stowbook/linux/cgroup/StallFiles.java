package dev.stowbook.linux.cgroup;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The {@code *.pressure} files of v2 groups: for how long processes stood still for want of a resource (psi.rst "Cgroup2 interface",
 * Linux 4.20). Every v2 group has them, whatever controllers its hierarchy owns. Any thread.
 *
 * @param files how they are read
 */
public record StallFiles(CgroupFiles files) {
    private static final Path HOST = Path.of("/proc/pressure/memory");

    /** Whether this kernel counts stalls: built with CONFIG_PSI and not switched off ({@code psi=1} switches it on). */
    public static boolean hostHasPressure() {
        return Files.isReadable(HOST);
    }

    /** A group's file. @param resource {@code cpu}, {@code memory} or {@code io}, in any case */
    public static Path file(Path group, String resource) {
        return group.resolve(resource.toLowerCase(Locale.ROOT) + ".pressure");
    }

    /**
     * For how long in sum, in microseconds; 0 where the kernel does not count it.
     *
     * @param resource {@code cpu}, {@code memory} or {@code io}, in any case
     * @param kind {@code some} or {@code full}, in any case
     */
    public long totalMicros(Path group, String resource, String kind) throws LinuxException {
        return total(group, resource, kind).orElse(0);
    }

    /** As {@link #totalMicros}; empty where the kernel does not count it. */
    public OptionalLong total(Path group, String resource, String kind) throws LinuxException {
        String content;
        try {
            content = files.read(file(group, resource));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV || e.errno() == Errno.EOPNOTSUPP) {
                return OptionalLong.empty();
            }
            throw e;
        }
        return content.lines()
                .filter(line -> line.startsWith(kind.toLowerCase(Locale.ROOT) + " "))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf("total=") + "total=".length())))
                .findFirst();
    }
}
