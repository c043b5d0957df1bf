package dev.stowbook.supervisor.execute;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many kills for memory of each group the loop has been told of. They are noticed in two ways, by a watch and by looking when a
 * container has ended, and are told once. Any thread.
 */
public final class OomCounts {
    private final Map<String, Long> told = new ConcurrentHashMap<>();

    /** Whether a count is news. */
    public boolean isNew(String group, long oomKills) {
        boolean[] fresh = new boolean[1];
        told.compute(group, (key, known) -> {
            long before = known == null ? 0 : known;
            fresh[0] = oomKills > before;
            return Math.max(before, oomKills);
        });
        return fresh[0];
    }

    /** A daemon that begins anew takes what it finds for told. */
    void found(String group, long oomKills) {
        told.merge(group, oomKills, Math::max);
    }

    void forget(String group) {
        told.remove(group);
    }
}
