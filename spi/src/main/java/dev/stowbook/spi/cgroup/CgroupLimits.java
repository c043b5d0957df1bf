package dev.stowbook.spi.cgroup;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Limits of one group, in the terms of neither cgroup version; each driver converts. Empty means: not limited here when the group is
 * made, as it is when it is changed; to lift a limit, say {@link Bound#UNLIMITED}.
 *
 * @param cpu processor time and processors
 * @param memory memory and swap
 * @param io block devices
 * @param pids how many processes and threads
 * @param hugetlb bytes of huge pages by the size of a page in bytes
 * @param netClass class of the packets that its sockets send: {@code net_cls.classid}, 0xAAAABBBB being tc's AAAA:BBBB; 0 for none
 * @param devices device rules in order, the last that matches wins; empty: devices are not restricted here
 */
public record CgroupLimits(
        Cpu cpu,
        Memory memory,
        Io io,
        Optional<Bound> pids,
        SortedMap<Long, Bound> hugetlb,
        OptionalLong netClass,
        List<DeviceRule> devices) {

    public CgroupLimits {
        hugetlb = Collections.unmodifiableSortedMap(new TreeMap<>(hugetlb));
        devices = List.copyOf(devices);
    }

    /** No limit of any kind. */
    public static CgroupLimits none() {
        return new CgroupLimits(
                Cpu.none(), Memory.none(), Io.none(), Optional.empty(), new TreeMap<>(), OptionalLong.empty(), List.of());
    }

    /** The same with device rules. */
    public CgroupLimits withDevices(List<DeviceRule> rules) {
        return new CgroupLimits(cpu, memory, io, pids, hugetlb, netClass, rules);
    }

    /**
     * Processor time and processors.
     *
     * @param shares weight under contention, 2 to 262144, 1024 being the kernel's default ({@code cpu.shares})
     * @param periodMicros length of a quota period, 1000 to 1000000 microseconds; 100000 if empty and a quota is set
     * @param quotaMicros processor time of all processes together in a period, at least 1000 microseconds
     * @param burstMicros unused quota that may be saved up and spent on top of it, at most the quota; 0 for none (Linux 5.14)
     * @param cpus processors, a list as in cpuset(7): {@code 0-2,4}
     * @param mems memory nodes, a list in the same format
     */
    public record Cpu(
            OptionalInt shares,
            OptionalLong periodMicros,
            Optional<Bound> quotaMicros,
            OptionalLong burstMicros,
            Optional<String> cpus,
            Optional<String> mems) {

        /** No limit. */
        public static Cpu none() {
            return new Cpu(OptionalInt.empty(), OptionalLong.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty(),
                    Optional.empty());
        }

        /** Whether processors or memory nodes are named. */
        public boolean hasCpuset() {
            return cpus.isPresent() || mems.isPresent();
        }

        /** Whether the cpu controller is needed. */
        public boolean hasTime() {
            return shares.isPresent() || periodMicros.isPresent() || quotaMicros.isPresent() || burstMicros.isPresent();
        }
    }

    /**
     * Memory and swap.
     *
     * @param limitBytes memory; beyond it the kernel reclaims, then kills
     * @param limitAndSwapBytes memory and swap together, at least {@code limitBytes}; twice the memory if empty and memory is limited
     * @param reservationBytes memory that the kernel leaves to the group for as long as others have more to give; 0 for none. v1: the
     *     soft limit, v2: {@code memory.low}
     * @param minBytes memory that is never reclaimed; 0 for none. v2 only
     * @param highBytes memory beyond which the group is slowed and reclaimed, but not killed. v2 only
     * @param swappiness how readily its anonymous memory is swapped, 0 to 200. v1 only: v2 knows the host's alone
     * @param oomGroup whether the kernel kills all processes of the group if it kills one. v2 only
     */
    public record Memory(
            Optional<Bound> limitBytes,
            Optional<Bound> limitAndSwapBytes,
            OptionalLong reservationBytes,
            OptionalLong minBytes,
            Optional<Bound> highBytes,
            OptionalInt swappiness,
            Optional<Boolean> oomGroup) {

        /** No limit. */
        public static Memory none() {
            return new Memory(Optional.empty(), Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty(),
                    OptionalInt.empty(), Optional.empty());
        }

        /** Whether the size of memory or swap is limited. */
        public boolean hasLimit() {
            return limitBytes.isPresent() || limitAndSwapBytes.isPresent();
        }
    }

    /**
     * Block devices.
     *
     * @param weight share of a device that is contended, 1 to 10000, 100 being the kernel's default ({@code io.weight}); needs the BFQ
     *     scheduler or, on v2, the io.cost controller of the device
     * @param devices limits per device
     */
    public record Io(OptionalInt weight, List<IoLimit> devices) {
        public Io {
            devices = List.copyOf(devices);
        }

        /** No limit. */
        public static Io none() {
            return new Io(OptionalInt.empty(), List.of());
        }

        /** Whether anything is limited. */
        public boolean hasAny() {
            return weight.isPresent() || !devices.isEmpty();
        }
    }

    /**
     * Limits on one block device.
     *
     * @param major device major number
     * @param minor device minor number
     * @param readBytesPerSecond bytes read a second
     * @param writeBytesPerSecond bytes written a second
     * @param readsPerSecond read operations a second
     * @param writesPerSecond write operations a second
     */
    public record IoLimit(
            int major,
            int minor,
            Optional<Bound> readBytesPerSecond,
            Optional<Bound> writeBytesPerSecond,
            Optional<Bound> readsPerSecond,
            Optional<Bound> writesPerSecond) {}
}
