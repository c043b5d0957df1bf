package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.supervisor.model.Bound;
import dev.stowbook.supervisor.model.ResourceSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** From what a manifest asks for to what a cgroup driver is told. Devices are looked up, hence on workers only. */
final class GroupLimits {
    private static final Path DEVICES = Path.of("/sys/dev/block");

    private GroupLimits() {}

    /** @throws DriverException INVALID for a path that is no disk of this host */
    static CgroupLimits of(ResourceSpec resources) throws DriverException {
        ResourceSpec.Cpu cpu = resources.cpu();
        ResourceSpec.Memory memory = resources.memory();
        SortedMap<Long, dev.stowbook.spi.cgroup.Bound> pages = new TreeMap<>();
        resources.hugePages().forEach((page, bound) -> pages.put(page, bound(bound)));
        return new CgroupLimits(
                new CgroupLimits.Cpu(
                        cpu.shares(), cpu.periodMicros(), bound(cpu.quotaMicros()), cpu.burstMicros(), cpu.cpus(), cpu.mems()),
                new CgroupLimits.Memory(
                        bound(memory.limitBytes()), bound(memory.limitAndSwapBytes()), memory.reservationBytes(), memory.minBytes(),
                        bound(memory.highBytes()), memory.swappiness(), memory.oomGroup()),
                new CgroupLimits.Io(resources.io().weight(), devices(resources.io().devices())),
                bound(resources.pids()),
                pages,
                resources.netClass(),
                List.of());
    }

    /**
     * The same limits for a group that has others: the default of memory and swap, twice the memory, follows a new limit of memory, as
     * it does when a group is made.
     */
    static ResourceSpec withDefaults(ResourceSpec resources, boolean swap) {
        ResourceSpec.Memory memory = resources.memory();
        if (!swap || memory.limitBytes().isEmpty() || memory.limitAndSwapBytes().isPresent()) {
            return resources;
        }
        Bound limit = memory.limitBytes().get();
        Bound both = limit.number().isEmpty() || limit.number().getAsLong() > Long.MAX_VALUE / 2
                ? Bound.UNLIMITED
                : Bound.of(2 * limit.number().getAsLong());
        return new ResourceSpec(
                resources.cpu(),
                new ResourceSpec.Memory(
                        memory.limitBytes(), Optional.of(both), memory.reservationBytes(), memory.minBytes(), memory.highBytes(),
                        memory.swappiness(), memory.oomGroup()),
                resources.io(), resources.pids(), resources.hugePages(), resources.netClass(), resources.pressure(),
                resources.storageBytes());
    }

    /** When the driver is to tell of stalls. */
    static List<PressureTrigger> triggers(ResourceSpec resources) {
        return resources.pressure().stream()
                .map(p -> new PressureTrigger(
                        switch (p.resource()) {
                            case CPU -> PressureTrigger.Resource.CPU;
                            case MEMORY -> PressureTrigger.Resource.MEMORY;
                            case IO -> PressureTrigger.Resource.IO;
                        },
                        switch (p.kind()) {
                            case SOME -> PressureTrigger.Kind.SOME;
                            case FULL -> PressureTrigger.Kind.FULL;
                        },
                        Duration.ofMillis(p.stallMillis()),
                        Duration.ofMillis(p.windowMillis())))
                .toList();
    }

    private static Optional<dev.stowbook.spi.cgroup.Bound> bound(Optional<Bound> bound) {
        return bound.map(GroupLimits::bound);
    }

    private static dev.stowbook.spi.cgroup.Bound bound(Bound bound) {
        return bound.number().isPresent()
                ? dev.stowbook.spi.cgroup.Bound.of(bound.number().getAsLong())
                : dev.stowbook.spi.cgroup.Bound.UNLIMITED;
    }

    private static List<CgroupLimits.IoLimit> devices(List<ResourceSpec.IoLimit> limits) throws DriverException {
        List<CgroupLimits.IoLimit> found = new ArrayList<>();
        for (ResourceSpec.IoLimit limit : limits) {
            int[] number = number(limit.device());
            found.add(new CgroupLimits.IoLimit(
                    number[0], number[1], bound(limit.readBytesPerSecond()), bound(limit.writeBytesPerSecond()),
                    bound(limit.readsPerSecond()), bound(limit.writesPerSecond())));
        }
        return found;
    }

    /** The kernel limits whole disks only (block/blk-cgroup.c blkg_conf_open_bdev). */
    private static int[] number(String device) throws DriverException {
        int[] number = device.startsWith("/") ? numberOfNode(device) : numberOfText(device);
        Path disk = DEVICES.resolve(number[0] + ":" + number[1]);
        if (!Files.exists(disk)) {
            throw invalid(device, "is no block device of this host: /proc/partitions lists them");
        }
        if (Files.exists(disk.resolve("partition"))) {
            throw invalid(device, "is a partition, and the kernel limits whole disks: name the disk that it is a part of");
        }
        return number;
    }

    private static int[] numberOfText(String device) {
        String[] words = device.split(":");
        return new int[] {Integer.parseInt(words[0]), Integer.parseInt(words[1])};
    }

    private static int[] numberOfNode(String device) throws DriverException {
        try {
            FileStatus status = FileCalls.linux().status(LibC.AT_FDCWD, Path.of(device).toRealPath().toString());
            if (status.type() != FileStatus.S_IFBLK) {
                throw invalid(device, "is no block device: /proc/partitions lists those of this host");
            }
            return new int[] {status.rdevMajor(), status.rdevMinor()};
        } catch (LinuxException | java.io.IOException e) {
            throw invalid(device, "cannot be looked at (" + e.getMessage() + "): /proc/partitions lists the disks of this host");
        }
    }

    private static DriverException invalid(String device, String detail) {
        return new DriverException(DriverErrorCode.INVALID, 0, "io limit of", device, detail);
    }
}
