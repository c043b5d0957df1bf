package dev.stowbook.cgroup.v2;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which values go into which files, in an order the kernel accepts. Pure. */
final class LimitPlan {
    static final String LIMIT = "memory.max";
    static final String SWAP = "memory.swap.max";
    static final String CPU_MAX = "cpu.max";
    static final String PIDS = "pids.max";
    static final String CPU_BURST = "cpu.max.burst";
    static final String IO_WEIGHT = "io.weight";
    static final String BFQ_WEIGHT = "io.bfq.weight";
    private static final long DEFAULT_PERIOD_MICROS = 100_000;

    /**
     * One write.
     *
     * @param file in the group's directory
     * @param value the bytes
     */
    record Write(String file, String value) {
        /** How {@link dev.stowbook.spi.cgroup.AppliedLimits} names the file. */
        String key() {
            return file;
        }
    }

    /**
     * What a group's files hold before.
     *
     * @param cpuMax content of {@code cpu.max}
     * @param memoryAndSwap {@code memory.max} and {@code memory.swap.max} together
     */
    record Current(String cpuMax, Bound memoryAndSwap) {
        /** A new group. */
        static final Current FRESH = new Current("max " + DEFAULT_PERIOD_MICROS, Bound.UNLIMITED);
    }

    /**
     * What the kernel has of what not every kernel has.
     *
     * @param swap {@code memory.swap.max}
     * @param ioCost {@code io.weight}; without it the weight is BFQ's
     */
    record Has(boolean swap, boolean ioCost) {}

    private LimitPlan() {}

    /**
     * The writes for a group.
     *
     * @param limits what is asked for
     * @param has what the kernel has
     * @param now what the files hold
     * @param defaults whether a field that is empty gets its default, as at creation, or stays as it is
     */
    static List<Write> of(CgroupLimits limits, Has has, Current now, boolean defaults) {
        var writes = new ArrayList<Write>();
        cpu(limits.cpu(), now, writes);
        memory(limits.memory(), has, now, defaults, writes);
        limits.pids().ifPresent(most -> writes.add(new Write(PIDS, Conversions.bound(most))));
        limits.io().weight().ifPresent(weight -> writes.add(has.ioCost()
                ? new Write(IO_WEIGHT, Conversions.ioWeight(weight))
                : new Write(BFQ_WEIGHT, Integer.toString(Conversions.bfqWeight(weight)))));
        limits.io().devices().forEach(limit -> writes.add(new Write("io.max", Conversions.ioMax(limit))));
        limits.hugetlb().forEach((page, bound) -> writes.add(
                new Write("hugetlb." + Conversions.hugePageSize(page) + ".max", Conversions.bound(bound))));
        return writes;
    }

    private static void cpu(CgroupLimits.Cpu cpu, Current now, List<Write> writes) {
        cpu.cpus().ifPresent(list -> writes.add(new Write("cpuset.cpus", list)));
        cpu.mems().ifPresent(list -> writes.add(new Write("cpuset.mems", list)));
        cpu.shares().ifPresent(shares -> writes.add(new Write("cpu.weight", Conversions.cpuWeight(shares))));
        if (cpu.periodMicros().isPresent() || cpu.quotaMicros().isPresent()) {
            writes.add(new Write(CPU_MAX, cpuMax(cpu, now.cpuMax())));
        }
        cpu.burstMicros().ifPresent(micros -> writes.add(new Write(CPU_BURST, Long.toString(micros))));
    }

    private static void memory(
            CgroupLimits.Memory memory, Has has, Current now, boolean defaults, List<Write> writes) {
        // One limit each for memory and swap: unlike v1's memsw neither bounds the other, so the order does not matter.
        memory.limitBytes().ifPresent(bytes -> writes.add(new Write(LIMIT, Conversions.bound(bytes))));
        if (memory.limitBytes().isPresent() && has.swap()) {
            Bound swap = Conversions.swapMax(memoryAndSwap(memory, now, defaults), memory.limitBytes().get());
            writes.add(new Write(SWAP, Conversions.bound(swap)));
        }
        memory.minBytes().ifPresent(bytes -> writes.add(new Write("memory.min", Long.toString(bytes))));
        memory.reservationBytes().ifPresent(bytes -> writes.add(new Write("memory.low", Long.toString(bytes))));
        memory.highBytes().ifPresent(bytes -> writes.add(new Write("memory.high", Conversions.bound(bytes))));
        memory.oomGroup().ifPresent(whole -> writes.add(new Write("memory.oom.group", whole ? "1" : "0")));
    }

    /** Memory and swap together after the change: as asked, else as it was, else twice the memory. */
    static Bound memoryAndSwap(CgroupLimits.Memory memory, Current now, boolean defaults) {
        Bound twice = Conversions.defaultMemoryAndSwap(memory.limitBytes().orElse(Bound.UNLIMITED));
        boolean unlimited = now.memoryAndSwap().equals(Bound.UNLIMITED) || twice.equals(Bound.UNLIMITED);
        return memory.limitAndSwapBytes().orElse(defaults || unlimited ? twice : now.memoryAndSwap());
    }

    private static String cpuMax(CgroupLimits.Cpu cpu, String now) {
        String[] words = now.split(" ");
        Optional<Bound> quota = cpu.quotaMicros();
        return Conversions.cpuMax(
                quota.orElseGet(() -> Conversions.boundOf(words[0])), cpu.periodMicros().orElse(Long.parseLong(words[1])));
    }

    /** What of the limits v2 has in another measure than was asked for. */
    static List<String> beyondTheScale(CgroupLimits limits, Has has) {
        var sentences = new ArrayList<String>();
        limits.cpu().shares().ifPresent(shares -> {
            if (Conversions.beyondWeights(shares)) {
                sentences.add("cpu shares " + shares + ": the scale of cpu.weight ends at " + Conversions.cpuWeight(shares));
            }
        });
        limits.io().weight().ifPresent(weight -> {
            if (!has.ioCost() && Conversions.bfqWeight(weight) != weight) {
                sentences.add("io weight " + weight + ": the BFQ scheduler's scale ends at " + Conversions.bfqWeight(weight));
            }
        });
        return sentences;
    }
}
