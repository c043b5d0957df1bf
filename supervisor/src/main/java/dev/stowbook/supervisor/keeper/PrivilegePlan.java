package dev.stowbook.supervisor.keeper;

import java.util.List;
import java.util.Optional;

/**
 * What a process may do.
 *
 * @param boundingCapabilities bit n is capability n of capabilities(7)
 * @param permittedCapabilities permitted and effective set; the inheritable and ambient sets are always empty
 * @param noNewPrivileges whether setuid programs and file capabilities give nothing
 * @param seccomp the filter: an array of struct sock_filter, 8 bytes each; empty for none
 * @param limits resource limits; clamped to the keeper's own hard limits, which {@link KeeperMessage.Started} tells
 * @param oomScoreAdj -1000 to 1000
 * @param exactOomScore whether a score that can't be had refuses the start; otherwise it is clamped
 */
public record PrivilegePlan(
        long boundingCapabilities,
        long permittedCapabilities,
        boolean noNewPrivileges,
        Optional<byte[]> seccomp,
        List<ResourceLimit> limits,
        int oomScoreAdj,
        boolean exactOomScore) {
    public PrivilegePlan {
        limits = List.copyOf(limits);
    }

    /** With a score that is clamped if need be. */
    public PrivilegePlan(
            long boundingCapabilities,
            long permittedCapabilities,
            boolean noNewPrivileges,
            Optional<byte[]> seccomp,
            List<ResourceLimit> limits,
            int oomScoreAdj) {
        this(boundingCapabilities, permittedCapabilities, noNewPrivileges, seccomp, limits, oomScoreAdj, false);
    }

    /** These capabilities and no more, no filter, inherited limits. */
    public static PrivilegePlan capabilities(long mask) {
        return new PrivilegePlan(mask, mask, false, Optional.empty(), List.of(), 0);
    }

    /**
     * A resource limit.
     *
     * @param resource RLIMIT_* of getrlimit(2), such as 7 for RLIMIT_NOFILE
     * @param soft the limit in force; -1 is RLIM_INFINITY
     * @param hard how far it can be raised
     */
    public record ResourceLimit(int resource, long soft, long hard) {
        /** RLIMIT_NOFILE: open files. */
        public static final int NOFILE = 7;
    }
}
