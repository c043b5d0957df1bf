package dev.stowbook.supervisor.keeper;

import java.util.List;

/** What a default container masks and makes read-only. */
final class DefaultPaths {
    static final List<String> MASKED = List.of(
            "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
            "/sys/devices/virtual/powercap", "/sys/devices/system/cpu/cpu0/thermal_throttle");
    static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private DefaultPaths() {}

    static RootPlan apply(RootPlan root) {
        return new RootPlan(
                root.rootfs(), root.readOnly(), root.mounts(), root.devices(), root.shmBytes(), MASKED, READ_ONLY, root.sysctls());
    }
}
