package dev.stowbook.cgroup.v2;

import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.linux.systemd.UnitProperty;
import dev.stowbook.linux.systemd.UnitProperty.DeviceNumber;
import dev.stowbook.linux.systemd.UnitProperty.PerDevice;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CpuList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What would be written into files, as properties of a unit (systemd.resource-control(5)). Pure. */
final class UnitLimits {
    private static final String MAX = "max";
    private static final long MICROS = 1_000_000;
    /** systemd keeps a quota as a whole percentage over a reload (dbus-cgroup.c, {@code CPUQuota=%0.f%%}). */
    private static final long PERCENT_MICROS = MICROS / 100;

    private static final Map<String, String> NUMBERS = Map.of(
            "cpu.weight", "CPUWeight", "memory.max", "MemoryMax", "memory.swap.max", "MemorySwapMax", "memory.min", "MemoryMin",
            "memory.low", "MemoryLow", "memory.high", "MemoryHigh", "pids.max", "TasksMax");
    private static final Map<String, String> RATES = Map.of(
            "rbps", "IOReadBandwidthMax", "wbps", "IOWriteBandwidthMax", "riops", "IOReadIOPSMax", "wiops", "IOWriteIOPSMax");

    private UnitLimits() {}

    /** A sentence for each limit that no property stands for. */
    static List<String> missingFor(CgroupLimits limits) {
        var missing = new ArrayList<String>();
        if (limits.cpu().burstMicros().isPresent()) {
            missing.add("burstMicros");
        }
        if (limits.memory().oomGroup().isPresent()) {
            missing.add("oomGroup");
        }
        if (!limits.hugetlb().isEmpty()) {
            missing.add("hugetlb");
        }
        return missing.stream()
                .map(field -> "systemd has no property for " + field + ": leave it out, or let the driver write files (manager: cgroupfs)")
                .toList();
    }

    /**
     * The properties for a plan.
     *
     * @param keepers how many processes of ours {@code pids.max} has to leave room for
     */
    static List<UnitProperty> of(List<Write> plan, int keepers) {
        var properties = new ArrayList<UnitProperty>();
        var rates = new LinkedHashMap<String, List<DeviceNumber>>();
        for (Write write : plan) {
            switch (write.file()) {
                case "cpuset.cpus" -> properties.add(bits("AllowedCPUs", write.value()));
                case "cpuset.mems" -> properties.add(bits("AllowedMemoryNodes", write.value()));
                case LimitPlan.CPU_MAX -> properties.addAll(quota(write.value().split(" ")));
                case LimitPlan.IO_WEIGHT, LimitPlan.BFQ_WEIGHT ->
                    properties.add(UnitProperty.number("IOWeight", Long.parseLong(write.value().replace("default ", ""))));
                case "io.max" -> rates(write.value().split(" "), rates);
                case LimitPlan.PIDS -> properties.add(UnitProperty.number("TasksMax", plus(number(write.value()), keepers)));
                // What is not here was refused by missingFor.
                default -> properties.add(UnitProperty.number(NUMBERS.get(write.file()), number(write.value())));
            }
        }
        rates.forEach((name, values) -> properties.add(new UnitProperty(name, new PerDevice(values))));
        return properties;
    }

    private static long number(String value) {
        return value.equals(MAX) ? UnitProperty.INFINITY : Long.parseLong(value);
    }

    private static long plus(long bound, int more) {
        return bound == UnitProperty.INFINITY ? bound : bound + more;
    }

    /** {@code cpu.max}, rounded up to the percent that systemd keeps. */
    private static List<UnitProperty> quota(String[] quotaAndPeriod) {
        long period = Long.parseLong(quotaAndPeriod[1]);
        long perSecond = UnitProperty.INFINITY;
        if (!quotaAndPeriod[0].equals(MAX)) {
            long exact = Math.ceilDiv(Math.multiplyExact(Long.parseLong(quotaAndPeriod[0]), MICROS), period);
            perSecond = Math.ceilDiv(exact, PERCENT_MICROS) * PERCENT_MICROS;
        }
        return List.of(UnitProperty.number("CPUQuotaPeriodUSec", period), UnitProperty.number("CPUQuotaPerSecUSec", perSecond));
    }

    private static void rates(String[] line, Map<String, List<DeviceNumber>> rates) {
        for (int i = 1; i < line.length; i++) {
            String[] rate = line[i].split("=");
            rates.computeIfAbsent(RATES.get(rate[0]), name -> new ArrayList<>())
                    .add(new DeviceNumber("/dev/block/" + line[0], number(rate[1])));
        }
    }

    private static UnitProperty bits(String name, String list) {
        var numbers = CpuList.parse(list).orElseThrow();
        byte[] bytes = new byte[numbers.last() / 8 + 1];
        numbers.forEach(n -> bytes[n / 8] |= (byte) (1 << (n % 8)));
        var boxed = new ArrayList<Byte>();
        for (byte b : bytes) {
            boxed.add(b);
        }
        return new UnitProperty(name, new UnitProperty.Bits(boxed));
    }
}
