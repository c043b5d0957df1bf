package dev.stowbook.supervisor.model;

/**
 * A process beyond doubt: an id alone may name another process later.
 *
 * @param pid process id in the daemon's pid namespace
 * @param startTicks start time since boot in clock ticks, field 22 of {@code /proc/<pid>/stat} (proc(5))
 * @param bootId {@code /proc/sys/kernel/random/boot_id}
 */
public record ProcessIdentity(int pid, long startTicks, String bootId) {}
