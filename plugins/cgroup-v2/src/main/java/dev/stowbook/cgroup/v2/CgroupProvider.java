package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.DevicePrograms;
import dev.stowbook.linux.cgroup.OnlineProcessors;
import dev.stowbook.linux.cgroup.UnifiedProcessControl;
import dev.stowbook.linux.systemd.SystemdUnits;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupDriverProvider;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pf4j.Extension;

/** The driver {@code cgroup-v2}. */
@Extension
public final class CgroupProvider implements CgroupDriverProvider {
    private static final String NAME = "cgroup-v2";
    /** The setting that says who makes and limits groups. */
    private static final String MANAGER = "manager";
    private static final String FILES = "cgroupfs";
    private static final String SYSTEMD = "systemd";
    private static final Path OS_RELEASE = Path.of("/proc/sys/kernel/osrelease");

    private final CgroupFiles files = CgroupFiles.real();

    /** PF4J makes it. */
    public CgroupProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public Set<CgroupCapability> capabilities() {
        try {
            return new Controllers(files, CgroupHierarchies.detect(files)).capabilities();
        } catch (LinuxException e) {
            return EnumSet.noneOf(CgroupCapability.class);
        }
    }

    /** Not usable by default where v1 owns what limits a container, though {@link #open} works there for who asks for it. */
    @Override
    public Health probe() {
        try {
            CgroupHierarchies hierarchies = CgroupHierarchies.detect(files);
            Optional<String> lack = lack(hierarchies);
            if (lack.isEmpty() && !hierarchies.v2Controllers().containsAll(List.of("cpu", "memory", "pids"))) {
                lack = Optional.of("the v2 hierarchy owns only " + hierarchies.v2Controllers() + ", v1 owns "
                        + hierarchies.v1().keySet() + ": use the driver cgroup-v1");
            }
            return new Health(lack.isEmpty(), lack.orElseGet(() -> "v2 controllers: " + hierarchies.v2Controllers()));
        } catch (LinuxException e) {
            return new Health(false, "cannot read the host's cgroup mounts: " + e.getMessage());
        }
    }

    @Override
    public CgroupDriver open(DriverContext context) throws DriverException {
        String manager = context.configuration().getOrDefault(MANAGER, FILES);
        if (!List.of(FILES, SYSTEMD).contains(manager)) {
            throw new DriverException(DriverErrorCode.INVALID, 0, "open", NAME, "its setting " + MANAGER + " is \"" + manager + "\", must be "
                    + FILES + " or " + SYSTEMD);
        }
        try {
            CgroupHierarchies hierarchies = CgroupHierarchies.detect(files);
            return manager.equals(SYSTEMD)
                    ? openUnits(context, files, DevicePrograms.real(), hierarchies, SystemdUnits.connect())
                    : open(context, files, DevicePrograms.real(), hierarchies);
        } catch (LinuxException e) {
            throw unavailable(e.getMessage());
        }
    }

    /** As {@link #open(DriverContext)} on hierarchies of the caller's choice, by files. */
    static CgroupFsDriver open(
            DriverContext context, CgroupFiles files, DevicePrograms devices, CgroupHierarchies hierarchies)
            throws DriverException, LinuxException {
        var tree = new GroupTree(files, hierarchies, mount(hierarchies), context.instanceId());
        return driver(context, files, devices, hierarchies, tree);
    }

    /**
     * As {@link #open(DriverContext)} on hierarchies of the caller's choice, by systemd.
     *
     * @param units closed with the driver
     */
    static CgroupFsDriver openUnits(
            DriverContext context, CgroupFiles files, DevicePrograms devices, CgroupHierarchies hierarchies, SystemdUnits units)
            throws DriverException, LinuxException {
        try {
            var tree = new UnitTree(files, units, hierarchies, mount(hierarchies), context.instanceId());
            return driver(context, files, devices, hierarchies, tree);
        } catch (DriverException | LinuxException e) {
            units.close();
            throw e;
        }
    }

    private static CgroupFsDriver driver(
            DriverContext context, CgroupFiles files, DevicePrograms devices, CgroupHierarchies hierarchies, Groups tree)
            throws LinuxException {
        return new CgroupFsDriver(files, devices, new Controllers(files, hierarchies), tree, new UnifiedProcessControl(files),
                OnlineProcessors.read(files), context);
    }

    private static Path mount(CgroupHierarchies hierarchies) throws DriverException {
        Optional<String> lack = lack(hierarchies);
        Optional<Path> mount = hierarchies.unified();
        if (lack.isPresent() || mount.isEmpty()) {
            throw unavailable(lack.orElse("no v2 hierarchy is mounted"));
        }
        return mount.get();
    }

    private static Optional<String> lack(CgroupHierarchies hierarchies) {
        if (hierarchies.unified().isEmpty()) {
            return Optional.of("no cgroup v2 hierarchy is mounted: use the driver cgroup-v1, or mount one with"
                    + " `mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified`");
        }
        return hasCgroupKill() ? Optional.empty() : Optional.of("cgroup.kill needs Linux 5.14 or later: use the driver cgroup-v1");
    }

    /** Since Linux 5.14. Root groups lack the file, so the release has to tell. */
    private static boolean hasCgroupKill() {
        try {
            String[] numbers = CgroupFiles.real().read(OS_RELEASE).split("[.-]");
            int major = Integer.parseInt(numbers[0]);
            return major > 5 || (major == 5 && Integer.parseInt(numbers[1]) >= 14);
        } catch (LinuxException | NumberFormatException e) {
            return false;
        }
    }

    private static DriverException unavailable(String detail) {
        return new DriverException(DriverErrorCode.UNAVAILABLE, 0, "open", NAME, detail);
    }
}
