package dev.stowbook.supervisor.policy;

import dev.stowbook.supervisor.model.SecuritySpec;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Capabilities of a process, in the order of their numbers: the ordinal is the number in linux/capability.h (capabilities(7)). */
public enum Capability {
    CHOWN,
    DAC_OVERRIDE,
    DAC_READ_SEARCH,
    FOWNER,
    FSETID,
    KILL,
    SETGID,
    SETUID,
    SETPCAP,
    LINUX_IMMUTABLE,
    NET_BIND_SERVICE,
    NET_BROADCAST,
    NET_ADMIN,
    NET_RAW,
    IPC_LOCK,
    IPC_OWNER,
    SYS_MODULE,
    SYS_RAWIO,
    SYS_CHROOT,
    SYS_PTRACE,
    SYS_PACCT,
    SYS_ADMIN,
    SYS_BOOT,
    SYS_NICE,
    SYS_RESOURCE,
    SYS_TIME,
    SYS_TTY_CONFIG,
    MKNOD,
    LEASE,
    AUDIT_WRITE,
    AUDIT_CONTROL,
    SETFCAP,
    MAC_OVERRIDE,
    MAC_ADMIN,
    SYSLOG,
    WAKE_ALARM,
    BLOCK_SUSPEND,
    AUDIT_READ,
    PERFMON,
    BPF,
    CHECKPOINT_RESTORE;

    /** Stands for every capability in lists of capabilities to add or drop. */
    public static final String ALL = "ALL";

    /** The number in linux/capability.h. */
    public int number() {
        return ordinal();
    }

    /** The name of capabilities(7): {@code CAP_CHOWN}. */
    public String linuxName() {
        return "CAP_" + name();
    }

    /**
     * Reads a name with or without {@code CAP_}, in any case.
     *
     * @throws IllegalArgumentException naming it
     */
    public static Capability parse(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        try {
            return valueOf(upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + name + "' is not a capability: capabilities(7) lists them, such as NET_ADMIN", e);
        }
    }

    /** Every capability there is. */
    public static Set<Capability> all() {
        return Collections.unmodifiableSet(EnumSet.allOf(Capability.class));
    }

    /** Bit n is capability n. */
    public static long mask(Set<Capability> capabilities) {
        long mask = 0;
        for (Capability capability : capabilities) {
            mask |= 1L << capability.number();
        }
        return mask;
    }

    /** The capabilities of a mask; bits this version does not know are passed over. */
    public static Set<Capability> ofMask(long mask) {
        var set = EnumSet.noneOf(Capability.class);
        for (Capability capability : values()) {
            if ((mask >>> capability.number() & 1) != 0) {
                set.add(capability);
            }
        }
        return Collections.unmodifiableSet(set);
    }

    /**
     * What a container gets: the default set and what its manifest adds, less what it drops. What is both added and dropped by name is
     * dropped; {@code drop: [ALL]} starts from nothing, {@code add: [ALL]} from everything; both together give what is added by name.
     *
     * @throws IllegalArgumentException naming what is not a capability
     */
    public static Set<Capability> of(SecuritySpec security) {
        boolean dropAll = containsAll(security.dropCapabilities());
        var set = EnumSet.noneOf(Capability.class);
        if (!dropAll) {
            set.addAll(containsAll(security.addCapabilities()) ? all() : DefaultContainer.CAPABILITIES);
        }
        set.addAll(named(security.addCapabilities()));
        set.removeAll(named(security.dropCapabilities()));
        return Collections.unmodifiableSet(set);
    }

    private static boolean containsAll(List<String> names) {
        return names.stream().anyMatch(ALL::equalsIgnoreCase);
    }

    private static Set<Capability> named(List<String> names) {
        var set = EnumSet.noneOf(Capability.class);
        for (String name : names) {
            if (!ALL.equalsIgnoreCase(name)) {
                set.add(parse(name));
            }
        }
        return set;
    }
}
