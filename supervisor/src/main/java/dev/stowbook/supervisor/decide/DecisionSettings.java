package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.SignaturePolicy;
import java.time.Duration;
import java.time.Instant;

/**
 * What an operator can set about decisions.
 *
 * @param backoffBase wait before the first restart
 * @param backoffFactor by what each further wait is longer
 * @param backoffCap the longest wait
 * @param backoffJitter how far a wait may be off, as a part of it: 0.1 for ten per cent
 * @param resetWindow a container that ran this long begins at the base again
 * @param giveUpAfter after how many failures in a row nothing is tried any more; 0 for never
 * @param networkPool the IPv4 subnets of networks are taken from here, if they name none: {@code 10.112.0.0/12}
 * @param networkPrefix how long their prefixes are
 * @param signatures which images may have which names
 */
public record DecisionSettings(
        Duration backoffBase,
        double backoffFactor,
        Duration backoffCap,
        double backoffJitter,
        Duration resetWindow,
        int giveUpAfter,
        String networkPool,
        int networkPrefix,
        SignaturePolicy signatures) {
    private static final String NETWORK_POOL = "10.112.0.0/12";
    private static final int NETWORK_PREFIX = 24;

    /** With subnets of networks and a policy of signatures as if nothing was set about them. */
    public DecisionSettings(
            Duration backoffBase,
            double backoffFactor,
            Duration backoffCap,
            double backoffJitter,
            Duration resetWindow,
            int giveUpAfter) {
        this(backoffBase, backoffFactor, backoffCap, backoffJitter, resetWindow, giveUpAfter, NETWORK_POOL, NETWORK_PREFIX, SignaturePolicy.acceptAll());
    }

    /** The same with another policy of signatures. */
    public DecisionSettings with(SignaturePolicy policy) {
        return new DecisionSettings(
                backoffBase, backoffFactor, backoffCap, backoffJitter, resetWindow, giveUpAfter, networkPool, networkPrefix, policy);
    }

    /** What holds if nothing is set. */
    public static DecisionSettings defaults() {
        return new DecisionSettings(
                Duration.ofMillis(500), 2.0, Duration.ofMinutes(5), 0.1, Duration.ofMinutes(10), 0);
    }

    /** When to try again after that many failures in a row, at least one. */
    Instant retryAt(Instant now, int failures, double random) {
        double wait = backoffBase.toMillis() * Math.pow(backoffFactor, Math.min(failures, 64) - 1.0);
        double capped = Math.min(wait, backoffCap.toMillis());
        double spread = capped * (1 + backoffJitter * (2 * random - 1));
        return now.plusMillis(Math.round(spread));
    }

    boolean givesUpAt(int failures) {
        return giveUpAfter > 0 && failures > giveUpAfter;
    }
}
