package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.PodId;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.pcollections.PSortedMap;

/**
 * A volume.
 *
 * @param driver who keeps it
 * @param options what the driver was told
 * @param sizeLimitBytes how much may be written to it
 * @param owner the pod that it goes with; empty for one that stays until it is removed
 * @param filled whether it was looked into by a pod's start, so that nothing is copied to it any more
 * @param source where it was on the host when it was last used
 * @param pods who has it, and what they call it
 */
public record Volume(
        String name,
        String driver,
        SortedMap<String, String> options,
        OptionalLong sizeLimitBytes,
        SortedMap<String, String> labels,
        Optional<PodId> owner,
        Instant createdAt,
        Phase phase,
        boolean filled,
        Optional<String> source,
        PSortedMap<PodId, String> pods) {

    /** Where it stands. */
    public enum Phase {
        /** It is to be; whether it is there is not known. */
        CREATING,
        READY,
        REMOVING
    }

    Volume withPhase(Phase value) {
        return new Volume(name, driver, options, sizeLimitBytes, labels, owner, createdAt, value, filled, source, pods);
    }

    Volume filledNow() {
        return new Volume(name, driver, options, sizeLimitBytes, labels, owner, createdAt, phase, true, source, pods);
    }

    Volume withSource(String value) {
        return new Volume(name, driver, options, sizeLimitBytes, labels, owner, createdAt, phase, filled, Optional.of(value), pods);
    }

    Volume withPods(PSortedMap<PodId, String> value) {
        return new Volume(name, driver, options, sizeLimitBytes, labels, owner, createdAt, phase, filled, source, value);
    }
}
