package dev.stowbook.testkit.cgroup;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.systemd.SystemdUnits;
import dev.stowbook.linux.systemd.UnitProperty;
import dev.stowbook.linux.systemd.UnitProperty.Pids;
import dev.stowbook.linux.systemd.UnitProperty.Text;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What systemd does to the file system for a transient slice or scope: a directory below {@code system.slice} in each of its
 * hierarchies, until the unit is stopped. Ends the process that a scope was begun with. Properties are remembered, not carried out.
 */
public final class FakeSystemdUnits implements SystemdUnits {
    private static final String SYSTEM = "system.slice";

    private final FakeCgroupFiles files;
    private final List<Path> mounts;
    private final Map<String, List<UnitProperty>> units = new HashMap<>();

    /** @param mounts of the hierarchies that systemd knows */
    public FakeSystemdUnits(FakeCgroupFiles files, List<Path> mounts) {
        this.files = files;
        this.mounts = List.copyOf(mounts);
    }

    /** The properties a unit has had so far, the latest last; none if there is no such unit. */
    public synchronized List<UnitProperty> properties(String unit) {
        return List.copyOf(units.getOrDefault(unit, List.of()));
    }

    @Override
    public int version() {
        return 252;
    }

    @Override
    public synchronized void start(String unit, List<UnitProperty> properties, Duration patience) throws LinuxException {
        if (units.putIfAbsent(unit, new ArrayList<>(properties)) != null) {
            throw new LinuxException(Errno.EEXIST, "StartTransientUnit", unit);
        }
        for (Path directory : directories(unit)) {
            for (Path above : List.of(directory.getParent().getParent(), directory.getParent(), directory)) {
                if (!Files.exists(above)) {
                    files.makeDirectory(above);
                }
            }
        }
    }

    private List<Path> directories(String unit) {
        Path slice = Path.of(SYSTEM);
        for (UnitProperty property : units.get(unit)) {
            if (property.name().equals("Slice") && property.value() instanceof Text(String name)) {
                slice = slice.resolve(name);
            }
        }
        Path below = slice.resolve(unit);
        return mounts.stream().map(mount -> mount.resolve(below)).toList();
    }

    @Override
    public synchronized void set(String unit, List<UnitProperty> properties) throws LinuxException {
        if (!units.containsKey(unit)) {
            throw new LinuxException(Errno.ENOENT, "SetUnitProperties", unit);
        }
        units.get(unit).addAll(properties);
    }

    @Override
    public synchronized void stop(String unit, Duration patience) throws LinuxException {
        if (!units.containsKey(unit)) {
            return;
        }
        for (Path directory : directories(unit)) {
            files.removeDirectory(directory);
        }
        for (UnitProperty property : units.remove(unit)) {
            if (property.value() instanceof Pids(List<Integer> pids)) {
                pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            }
        }
    }

    @Override
    public void close() {
        // Units outlive the connection.
    }
}
