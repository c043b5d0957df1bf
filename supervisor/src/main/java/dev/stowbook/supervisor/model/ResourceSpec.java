package dev.stowbook.supervisor.model;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Limits of a container, or of a pod as a whole. Empty means not limited, and when limits are changed: unchanged.
 *
 * @param cpu processor time and processors
 * @param memory memory and swap
 * @param io block devices
 * @param pids processes and threads, from {@code limits.stowbook.dev/pids}
 * @param hugePages bytes of huge pages by the bytes of one page, from {@code limits.hugepages-<size>}
 * @param netClass class of the packets its sockets send, 0xAAAABBBB being tc's AAAA:BBBB
 * @param pressure when its stalls are told of
 * @param storageBytes what it may write to its root file system, from {@code limits.ephemeral-storage}; fixed when its layer is made
 */
public record ResourceSpec(
        Cpu cpu,
        Memory memory,
        Io io,
        Optional<Bound> pids,
        SortedMap<Long, Bound> hugePages,
        OptionalLong netClass,
        List<Pressure> pressure,
        OptionalLong storageBytes) {
    public ResourceSpec {
        hugePages = Collections.unmodifiableSortedMap(new TreeMap<>(hugePages));
        pressure = List.copyOf(pressure);
    }

    /** No limit of any kind. */
    public static ResourceSpec unlimited() {
        return new ResourceSpec(
                Cpu.NONE, Memory.NONE, Io.NONE, Optional.empty(), new TreeMap<>(), OptionalLong.empty(), List.of(),
                OptionalLong.empty());
    }

    /** These limits where there are any, else those of another. Devices and page sizes are taken one by one. */
    public ResourceSpec over(ResourceSpec base) {
        SortedMap<Long, Bound> pages = new TreeMap<>(base.hugePages);
        pages.putAll(hugePages);
        return new ResourceSpec(
                cpu.over(base.cpu), memory.over(base.memory), io.over(base.io), pids.or(base::pids), pages,
                Overlay.of(netClass, base.netClass), pressure.isEmpty() ? base.pressure : pressure,
                Overlay.of(storageBytes, base.storageBytes));
    }

    /** Whether these limits say something of all that others limit, so that a change from those to these drops nothing. */
    public boolean covers(ResourceSpec other) {
        return over(other).equals(this) && storageBytes.equals(other.storageBytes);
    }

    /** Whether the kernel may have something to tell: a kill for memory, a refused fork, a stall. */
    public boolean watched() {
        return memory.limitBytes().isPresent() || memory.limitAndSwapBytes().isPresent() || pids.isPresent() || !pressure.isEmpty();
    }

    /**
     * Processor time and processors.
     *
     * @param shares weight under contention, from {@code requests.cpu}: 1024 a processor, at least 2
     * @param periodMicros quota period in microseconds
     * @param quotaMicros processor time in a period in microseconds, from {@code limits.cpu}
     * @param burstMicros unused quota that may be saved up, in microseconds
     * @param cpus processors it may run on, such as {@code 0-1}, from {@code limits.stowbook.dev/cpuset}
     * @param mems memory nodes it may use, such as {@code 0}
     */
    public record Cpu(
            OptionalInt shares,
            OptionalLong periodMicros,
            Optional<Bound> quotaMicros,
            OptionalLong burstMicros,
            Optional<String> cpus,
            Optional<String> mems) {
        static final Cpu NONE = new Cpu(
                OptionalInt.empty(), OptionalLong.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty(), Optional.empty());

        Cpu over(Cpu base) {
            return new Cpu(
                    Overlay.of(shares, base.shares), Overlay.of(periodMicros, base.periodMicros), quotaMicros.or(base::quotaMicros),
                    Overlay.of(burstMicros, base.burstMicros), cpus.or(base::cpus), mems.or(base::mems));
        }
    }

    /**
     * Memory and swap.
     *
     * @param limitBytes memory, from {@code limits.memory}
     * @param limitAndSwapBytes memory and swap together, from {@code limits.stowbook.dev/memory-and-swap}
     * @param reservationBytes memory left to it for as long as others have more to give
     * @param minBytes memory that is never taken from it
     * @param highBytes memory beyond which it is slowed
     * @param swappiness how readily it is swapped, 0 to 200
     * @param oomGroup whether all its processes are killed if the kernel kills one for memory
     */
    public record Memory(
            Optional<Bound> limitBytes,
            Optional<Bound> limitAndSwapBytes,
            OptionalLong reservationBytes,
            OptionalLong minBytes,
            Optional<Bound> highBytes,
            OptionalInt swappiness,
            Optional<Boolean> oomGroup) {
        static final Memory NONE = new Memory(
                Optional.empty(), Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), OptionalInt.empty(),
                Optional.empty());

        Memory over(Memory base) {
            return new Memory(
                    limitBytes.or(base::limitBytes), limitAndSwapBytes.or(base::limitAndSwapBytes),
                    Overlay.of(reservationBytes, base.reservationBytes), Overlay.of(minBytes, base.minBytes), highBytes.or(base::highBytes),
                    Overlay.of(swappiness, base.swappiness), oomGroup.or(base::oomGroup));
        }
    }

    /**
     * Block devices.
     *
     * @param weight share of a contended device, 1 to 10000
     * @param devices limits per device, each named once
     */
    public record Io(OptionalInt weight, List<IoLimit> devices) {
        static final Io NONE = new Io(OptionalInt.empty(), List.of());

        public Io {
            devices = devices.stream().sorted(Comparator.comparing(IoLimit::device)).toList();
        }

        Io over(Io base) {
            SortedMap<String, IoLimit> all = new TreeMap<>();
            base.devices.forEach(limit -> all.put(limit.device(), limit));
            devices.forEach(limit -> all.merge(limit.device(), limit, (below, above) -> above.over(below)));
            return new Io(Overlay.of(weight, base.weight), List.copyOf(all.values()));
        }
    }

    /**
     * Limits on one block device.
     *
     * @param device its path, {@code /dev/sda}, or number, {@code 8:0}
     * @param readBytesPerSecond bytes read a second
     * @param writeBytesPerSecond bytes written a second
     * @param readsPerSecond read operations a second
     * @param writesPerSecond write operations a second
     */
    public record IoLimit(
            String device,
            Optional<Bound> readBytesPerSecond,
            Optional<Bound> writeBytesPerSecond,
            Optional<Bound> readsPerSecond,
            Optional<Bound> writesPerSecond) {

        IoLimit over(IoLimit base) {
            return new IoLimit(
                    device, readBytesPerSecond.or(base::readBytesPerSecond), writeBytesPerSecond.or(base::writeBytesPerSecond),
                    readsPerSecond.or(base::readsPerSecond), writesPerSecond.or(base::writesPerSecond));
        }
    }

    /**
     * When stalls are told of.
     *
     * @param resource what its processes wait for
     * @param kind whether some wait, or all
     * @param stallMillis for how long in sum
     * @param windowMillis within which time
     */
    public record Pressure(Resource resource, Kind kind, long stallMillis, long windowMillis) {
        /** What processes can wait for. */
        public enum Resource {
            CPU,
            MEMORY,
            IO
        }

        /** How many wait. */
        public enum Kind {
            SOME,
            FULL
        }
    }

    /** The first number that is there. */
    private static final class Overlay {
        static OptionalLong of(OptionalLong above, OptionalLong below) {
            return above.isPresent() ? above : below;
        }

        static OptionalInt of(OptionalInt above, OptionalInt below) {
            return above.isPresent() ? above : below;
        }
    }
}
