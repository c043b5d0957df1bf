package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.FreezerProcessControl;
import dev.stowbook.linux.cgroup.OnlineProcessors;
import dev.stowbook.linux.cgroup.ProcessControl;
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
import java.util.stream.Stream;
import org.pf4j.Extension;

/** The driver {@code cgroup-v1}. */
@Extension
public final class CgroupProvider implements CgroupDriverProvider {
    private static final String NAME = "cgroup-v1";
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
        String manager = context.configuration().getOrDefault(MANAGER, FILES);
        if (!List.of(FILES, SYSTEMD).contains(manager)) {
            throw new DriverException(DriverErrorCode.INVALID, 0, "open", NAME, "its setting " + MANAGER + " is \"" + manager + "\", must be "
                    + FILES + " or " + SYSTEMD);
        }
        try {
            CgroupHierarchies hierarchies = CgroupHierarchies.detect(files);
            return manager.equals(SYSTEMD)
                    ? openUnits(context, files, hierarchies, systemds(files, hierarchies), SystemdUnits.connect())
                    : open(context, files, hierarchies);
        } catch (LinuxException e) {
            throw unavailable(e.getMessage());
        }
    }

    /** As {@link #open(DriverContext)} on hierarchies of the caller's choice, by files. */
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

    /**
     * As {@link #open(DriverContext)} on hierarchies of the caller's choice, by systemd.
     *
     * @param systemds where systemd keeps its own
     * @param units closed with the driver
     */
    static CgroupFsDriver openUnits(
            DriverContext context, CgroupFiles files, CgroupHierarchies hierarchies, List<Path> systemds, SystemdUnits units)
            throws DriverException, LinuxException {
        try {
            var tree = new UnitTree(files, units, hierarchies, systemds, freezer(hierarchies, systemds), context.instanceId());
            return new CgroupFsDriver(files, new Controllers(files, hierarchies), tree, new FreezerProcessControl(files),
                    OnlineProcessors.read(files), context);
        } catch (DriverException | LinuxException e) {
            units.close();
            throw e;
        }
    }

    private static Path freezer(CgroupHierarchies hierarchies, List<Path> systemds) throws DriverException {
        if (systemds.isEmpty()) {
            throw unavailable("no hierarchy of systemd's is mounted: boot with systemd as the first process, or leave its setting "
                    + MANAGER + " " + FILES);
        }
        Path freezer = hierarchies.v1().get("freezer");
        if (freezer == null) {
            throw unavailable("no v1 freezer hierarchy is mounted: mount it with `mount -t cgroup -o freezer cgroup"
                    + " /sys/fs/cgroup/freezer`, or use the driver cgroup-v2");
        }
        return freezer;
    }

    /** Where systemd sees whose a process is: name=systemd, and the v2 tree beside it on a hybrid host. */
    static List<Path> systemds(CgroupFiles files, CgroupHierarchies hierarchies) throws LinuxException {
        return Stream.of(CgroupHierarchies.named(files.read(Path.of("/proc/self/mountinfo")), SYSTEMD), hierarchies.unified())
                .flatMap(Optional::stream)
                .toList();
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
