package dev.stowbook.spi;

import dev.stowbook.spi.cgroup.PressureTrigger;

/** Something a driver noticed unasked. The daemon decides what it means and records it in its own events. */
public sealed interface Observation {

    /** The id of the group, network or layer it is about. */
    String target();

    /**
     * The kernel killed a process because a group's memory limit was hit.
     *
     * @param target the group whose limit was hit
     * @param oomKills the counter after it: {@code oom_kill} of {@code memory.oom_control} (v1) or {@code memory.events} (v2)
     */
    record OomKilled(String target, long oomKills) implements Observation {}

    /**
     * A fork failed because of a group's pids limit.
     *
     * @param target the group
     * @param refusals the counter {@code max} of {@code pids.events} after it
     */
    record PidsExhausted(String target, long refusals) implements Observation {}

    /**
     * Processes of a group stood still for want of a resource for longer than a trigger allows.
     *
     * @param target the group
     * @param trigger which one
     * @param totalStallMicros for how long they stood still in sum since the group was made ({@code total} of the group's
     *     {@code *.pressure}); 0 where the kernel does not count it (v1 without a v2 tree)
     */
    record PressureRose(String target, PressureTrigger trigger, long totalStallMicros) implements Observation {}

    /**
     * Our firewall rules were changed or removed by somebody else.
     *
     * @param target the network
     * @param detail what is missing
     */
    record RulesFlushed(String target, String detail) implements Observation {}

    /**
     * An object of ours went away without our doing.
     *
     * @param target its id
     * @param detail what it was
     */
    record ResourceVanished(String target, String detail) implements Observation {}
}
