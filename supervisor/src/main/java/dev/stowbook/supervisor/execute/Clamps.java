package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.keeper.KeeperMessage;
import dev.stowbook.supervisor.model.Ulimit;
import dev.stowbook.supervisor.policy.Capability;
import java.util.List;
import java.util.stream.Collectors;

/** What could not be had in full, as sentences for the book. */
final class Clamps {
    private Clamps() {}

    static List<String> sentences(List<KeeperMessage.Clamp> clamps) {
        return clamps.stream().map(Clamps::sentence).toList();
    }

    private static String sentence(KeeperMessage.Clamp clamp) {
        return switch (clamp.resource()) {
            case KeeperMessage.Clamp.CAPABILITIES -> "capabilities: the daemon's own bounding set lacks "
                    + Capability.ofMask(clamp.wantedSoft() & ~clamp.soft()).stream().map(Capability::name).collect(Collectors.joining(", "));
            case KeeperMessage.Clamp.OOM_SCORE_ADJ -> "oom_score_adj: asked for " + clamp.wantedSoft() + ", given " + clamp.soft();
            default -> "ulimit " + Ulimit.NAMES.get(clamp.resource()) + ": asked for " + range(clamp.wantedSoft(), clamp.wantedHard())
                    + ", given " + range(clamp.soft(), clamp.hard()) + ", the daemon's own hard limit";
        };
    }

    private static String range(long soft, long hard) {
        return amount(soft) + ":" + amount(hard);
    }

    private static String amount(long limit) {
        return limit == -1 ? "unlimited" : Long.toUnsignedString(limit);
    }
}
