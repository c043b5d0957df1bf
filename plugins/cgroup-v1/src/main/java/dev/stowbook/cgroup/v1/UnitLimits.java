package dev.stowbook.cgroup.v1;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.linux.systemd.UnitProperty;
import dev.stowbook.linux.systemd.UnitProperty.DeviceNumber;
import dev.stowbook.linux.systemd.UnitProperty.PerDevice;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What would be written into files, as properties of a unit where v1 has one (systemd.resource-control(5)). Pure. */
final class UnitLimits {
    private static final String UNLIMITED = "-1";
    private static final long MICROS = 1_000_000;
    /** systemd keeps a quota as a whole percentage over a reload (dbus-cgroup.c, {@code CPUQuota=%0.f%%}). */
    private static final long PERCENT_MICROS = MICROS / 100;

    /** {@code BlockIOWeight} begins here, {@code blkio.bfq.weight} at 1. */
    private static final int LEAST_WEIGHT = 10;

    private static final String SHARES = "cpu.shares";
    private static final String WEIGHT = "blkio.bfq.weight";
    private static final Map<String, String> RATES = Map.of(
            "blkio.throttle.read_bps_device", "BlockIOReadBandwidth", "blkio.throttle.write_bps_device", "BlockIOWriteBandwidth");
    private static final Set<String> OTHERS = Set.of(SHARES, WEIGHT, LimitPlan.LIMIT, LimitPlan.PIDS, LimitPlan.PERIOD, LimitPlan.QUOTA);
    /** Their hierarchies systemd leaves alone, so that a pod, too, can be limited there by files. */
    private static final Set<String> NOT_SYSTEMDS = Set.of("cpuset", "hugetlb", "net_cls");

    private UnitLimits() {}

    /** Whether systemd sets what a file holds. */
    static boolean hasProperty(String file) {
        return OTHERS.contains(file) || RATES.containsKey(file);
    }

    /** Whether what a file holds can be set without systemd, for a group of this kind: a slice is not delegated. */
    static boolean isOurs(GroupId group, Write write) {
        return NOT_SYSTEMDS.contains(write.controller())
                || (group.container().isPresent() && (!hasProperty(write.file()) || write.file().equals(LimitPlan.LIMIT)));
    }

    /** A sentence for each limit that neither a property stands for nor a file of ours. */
    static List<String> missingFor(GroupId group, CgroupLimits limits) {
        var missing = new ArrayList<String>();
        if (limits.cpu().burstMicros().isPresent()) {
            missing.add(lack("burstMicros", "leave it out"));
        }
        if (limits.io().weight().isPresent() && limits.io().weight().getAsInt() < LEAST_WEIGHT) {
            missing.add(lack("an io weight below " + LEAST_WEIGHT, "ask for more"));
        }
        if (group.container().isEmpty()) {
            CgroupLimits.Memory memory = limits.memory();
            addIf(missing, memory.limitAndSwapBytes().isPresent(), "limitAndSwapBytes");
            addIf(missing, memory.reservationBytes().isPresent(), "reservationBytes");
            addIf(missing, memory.swappiness().isPresent(), "swappiness");
            addIf(missing, !limits.devices().isEmpty(), "devices");
            addIf(missing, limits.io().devices().stream()
                    .anyMatch(io -> io.readsPerSecond().isPresent() || io.writesPerSecond().isPresent()), "a number of reads and writes");
        }
        return missing;
    }

    private static void addIf(List<String> missing, boolean asked, String field) {
        if (asked) {
            missing.add(lack(field + " of a pod", "limit its containers in it"));
        }
    }

    private static String lack(String field, String instead) {
        return "systemd has no property of cgroup v1 for " + field + ": " + instead + ", or let the driver write files (manager: cgroupfs)";
    }

    /**
     * The properties for a plan.
     *
     * @param period the period in microseconds that holds if the plan has none
     * @param quota as {@code cpu.cfs_quota_us} reads, likewise
     * @param keepers how many processes of ours {@code pids.max} has to leave room for
     */
    static List<UnitProperty> of(List<Write> plan, String period, String quota, int keepers) {
        var properties = new ArrayList<UnitProperty>();
        var rates = new LinkedHashMap<String, List<DeviceNumber>>();
        for (Write write : plan) {
            if (RATES.containsKey(write.file())) {
                rates.computeIfAbsent(RATES.get(write.file()), name -> new ArrayList<>()).add(rate(write.value().split(" ")));
            } else if (write.file().equals(SHARES)) {
                properties.add(UnitProperty.number("CPUShares", Long.parseLong(write.value())));
            } else if (write.file().equals(WEIGHT)) {
                properties.add(UnitProperty.number("BlockIOWeight", Long.parseLong(write.value())));
            } else if (write.file().equals(LimitPlan.LIMIT)) {
                properties.add(UnitProperty.number("MemoryLimit", Long.parseLong(write.value())));
            } else if (write.file().equals(LimitPlan.PIDS)) {
                properties.add(UnitProperty.number("TasksMax", tasks(write.value(), keepers)));
            }
        }
        if (isTime(plan)) {
            properties.addAll(quota(Long.parseLong(value(plan, LimitPlan.PERIOD, period)), value(plan, LimitPlan.QUOTA, quota)));
        }
        rates.forEach((name, values) -> properties.add(new UnitProperty(name, new PerDevice(values))));
        return properties;
    }

    /** Whether a plan changes period or quota, which systemd has together. */
    static boolean isTime(List<Write> plan) {
        return plan.stream().anyMatch(write -> write.file().equals(LimitPlan.PERIOD) || write.file().equals(LimitPlan.QUOTA));
    }

    private static String value(List<Write> plan, String file, String otherwise) {
        return plan.stream().filter(write -> write.file().equals(file)).map(Write::value).findFirst().orElse(otherwise);
    }

    private static long tasks(String most, int keepers) {
        return most.equals("max") ? UnitProperty.INFINITY : Long.parseLong(most) + keepers;
    }

    /** Time in a second, rounded up to the percent that systemd keeps. */
    private static List<UnitProperty> quota(long period, String quota) {
        long perSecond = UnitProperty.INFINITY;
        if (!quota.equals(UNLIMITED)) {
            long exact = Math.ceilDiv(Math.multiplyExact(Long.parseLong(quota), MICROS), period);
            perSecond = Math.ceilDiv(exact, PERCENT_MICROS) * PERCENT_MICROS;
        }
        return List.of(UnitProperty.number("CPUQuotaPeriodUSec", period), UnitProperty.number("CPUQuotaPerSecUSec", perSecond));
    }

    /** {@code major:minor bytes}, 0 for no limit. */
    private static DeviceNumber rate(String[] line) {
        long bytes = Long.parseLong(line[1]);
        return new DeviceNumber("/dev/block/" + line[0], bytes == 0 ? UnitProperty.INFINITY : bytes);
    }
}
