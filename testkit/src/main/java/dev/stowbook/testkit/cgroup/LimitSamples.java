package dev.stowbook.testkit.cgroup;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.DeviceRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** For each capability limits that need it and nothing else beside what it rests on; none for what is no limit. */
final class LimitSamples {
    private static final long MIB = 1 << 20;
    private static final Path BLOCK_DEVICES = Path.of("/sys/block");
    private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/hugepages");

    private LimitSamples() {}

    static Optional<Limits> of(CgroupCapability capability) throws IOException {
        return switch (capability) {
            case CPU -> Optional.of(Limits.of().shares(512).period(50_000).quota(25_000));
            case CPU_BURST -> Optional.of(Limits.of().quota(25_000).burst(10_000));
            case CPUSET -> Optional.of(Limits.of().cpus("0").mems("0"));
            case MEMORY -> Optional.of(Limits.of().memory(64 * MIB));
            case SWAP -> Optional.of(Limits.of().memory(64 * MIB).memoryAndSwap(96 * MIB));
            case MEMORY_RESERVATION -> Optional.of(Limits.of().reservation(16 * MIB));
            case MEMORY_GUARANTEE -> Optional.of(Limits.of().min(MIB).high(32 * MIB));
            case SWAPPINESS -> Optional.of(Limits.of().swappiness(10));
            case OOM_GROUP -> Optional.of(Limits.of().oomGroup(true));
            case PIDS -> Optional.of(Limits.of().pids(50));
            case IO -> disk().map(device -> Limits.of().io(device));
            case IO_WEIGHT -> Optional.of(Limits.of().ioWeight(200));
            case HUGETLB -> hugePage().map(bytes -> Limits.of().hugetlb(bytes, Bound.of(2 * bytes)));
            case NET_CLASS -> Optional.of(Limits.of().netClass(0x100001));
            case DEVICES -> Optional.of(Limits.of().devices(
                    new DeviceRule(true, 'c', OptionalInt.of(1), OptionalInt.of(3), "rwm")));
            case FREEZE, ATOMIC_KILL, PRESSURE -> Optional.empty();
        };
    }

    /** Limits of one of the host's disks. */
    static Optional<IoLimit> disk() throws IOException {
        for (Path device : children(BLOCK_DEVICES)) {
            Path number = device.resolve("dev");
            boolean memory = device.getFileName().toString().matches("(ram|zram|loop).*");
            if (!memory && Files.exists(number)) {
                String[] words = Files.readString(number).strip().split(":");
                return Optional.of(new IoLimit(
                        Integer.parseInt(words[0]), Integer.parseInt(words[1]), Optional.of(Bound.of(1 << 30)), Optional.empty(),
                        Optional.empty(), Optional.of(Bound.of(100_000))));
            }
        }
        return Optional.empty();
    }

    /** The smallest size of huge pages the host has, in bytes: directories {@code hugepages-2048kB}. */
    private static Optional<Long> hugePage() throws IOException {
        return children(HUGE_PAGES).stream()
                .map(path -> path.getFileName().toString().replaceAll("[^0-9]", ""))
                .map(kib -> Long.parseLong(kib) * 1024)
                .sorted()
                .findFirst();
    }

    private static List<Path> children(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(directory)) {
            return children.sorted().toList();
        }
    }
}
