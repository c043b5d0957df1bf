package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.FreezerProcessControl;
import dev.stowbook.linux.cgroup.OnlineProcessors;
import dev.stowbook.linux.cgroup.ProcessControl;
import dev.stowbook.linux.cgroup.UnifiedProcessControl;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupDriverProvider;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.pf4j.Extension;

/** The driver {@code cgroup-v1}. */
@Extension
public final class CgroupProvider implements CgroupDriverProvider {
    private static final String NAME = "cgroup-v1";
    private static final String MANAGER = "manager";
    private static final String FILES = "cgroupfs";
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
            CgroupHierarchies hierarchies = CgroupHierarchies.detect(files);
            boolean v2Core = core(hierarchies).equals(hierarchies.unified());
            return new Controllers(files, hierarchies).capabilities(v2Core && hierarchies.unified().isPresent());
        } catch (LinuxException e) {
            return EnumSet.noneOf(CgroupCapability.class);
        }
    }

    @Override
    public Health probe() {
        try {
            CgroupHierarchies hierarchies = CgroupHierarchies.detect(files);
            Optional<String> lack = lack(hierarchies);
            return new Health(lack.isEmpty(), lack.orElseGet(() -> "v1 hierarchies: " + hierarchies.v1().keySet()));
        } catch (LinuxException e) {
            return new Health(false, "cannot read the host's cgroup mounts: " + e.getMessage());
        }
    }

    @Override
    public CgroupDriver open(DriverContext context) throws DriverException {
        if (!context.configuration().getOrDefault(MANAGER, FILES).equals(FILES)) {
            throw new DriverException(DriverErrorCode.UNSUPPORTED, 0, "open", NAME, "its setting " + MANAGER + " can only be " + FILES
                    + ": systemd manages groups for the driver cgroup-v2 alone; boot with systemd.unified_cgroup_hierarchy=1 for it");
        }
        try {
            return open(context, files, CgroupHierarchies.detect(files));
        } catch (LinuxException e) {
            throw unavailable(e.getMessage());
        }
    }

    /** As {@link #open(DriverContext)} on hierarchies of the caller's choice. */
    static CgroupFsDriver open(DriverContext context, CgroupFiles files, CgroupHierarchies hierarchies)
            throws DriverException, LinuxException {
        Optional<String> lack = lack(hierarchies);
        Optional<Path> core = core(hierarchies);
        if (lack.isPresent() || core.isEmpty()) {
            throw unavailable(lack.orElse("no hierarchy can freeze"));
        }
        boolean v2Core = core.equals(hierarchies.unified());
        ProcessControl control = v2Core ? new UnifiedProcessControl(files) : new FreezerProcessControl(files);
        var tree = new GroupTree(files, hierarchies, core.get(), context.instanceId());
        return new CgroupFsDriver(files, new Controllers(files, hierarchies), tree, control, OnlineProcessors.read(files), context);
    }

    private static Optional<String> lack(CgroupHierarchies hierarchies) {
        if (hierarchies.v1().isEmpty()) {
            return Optional.of("no cgroup v1 hierarchy is mounted: use the driver cgroup-v2");
        }
        return core(hierarchies).isPresent()
                ? Optional.empty()
                : Optional.of("neither a v1 freezer hierarchy nor a v2 hierarchy of Linux 5.14 or later is mounted: mount one with"
                        + " `mount -t cgroup -o freezer cgroup /sys/fs/cgroup/freezer`");
    }

    /** The hierarchy that freezes and kills: v2 if its groups have cgroup.kill (docs/adr/0040), else the v1 freezer. */
    private static Optional<Path> core(CgroupHierarchies hierarchies) {
        return hierarchies.unified().isPresent() && hasCgroupKill()
                ? hierarchies.unified()
                : Optional.ofNullable(hierarchies.v1().get("freezer"));
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
