package dev.stowbook.supervisor.log.codec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Every type of event, its version, and how older versions become newer ones.
 *
 * <p>When a record changes: raise its version in {@link #VERSIONS}, add an upcaster from the version before to {@link #UPCASTERS},
 * write the schema and golden files of the new version (see the test of this package), and keep the files of the old one.
 */
final class EventTypes {
    /** Versions above 1. */
    static final Map<String, Integer> VERSIONS = Map.of();

    static final List<Upcaster> UPCASTERS = List.of();

    /**
     * Makes an event of one version into the next. Pure.
     *
     * @param type the event's type
     * @param fromVersion the version it takes
     * @param change from that version's JSON to that of the next; may change and return its argument
     */
    record Upcaster(String type, int fromVersion, UnaryOperator<ObjectNode> change) {}

    private final Map<String, Integer> versions;
    private final List<Upcaster> upcasters;

    EventTypes(Map<String, Integer> versions, List<Upcaster> upcasters) {
        this.versions = Map.copyOf(versions);
        this.upcasters = List.copyOf(upcasters);
        versions.forEach((type, version) -> {
            for (int from = 1; from < version; from++) {
                if (upcaster(type, from).isEmpty()) {
                    throw new IllegalArgumentException(type + " has version " + version + " but nothing leads there from " + from);
                }
            }
        });
    }

    /** The version that is written. */
    int version(String type) {
        return versions.getOrDefault(type, 1);
    }

    Optional<Upcaster> upcaster(String type, int fromVersion) {
        return upcasters.stream()
                .filter(each -> each.type().equals(type) && each.fromVersion() == fromVersion)
                .findFirst();
    }

    /** The records that a sealed interface permits, at any depth. */
    static List<Class<?>> records(Class<?> sealed) {
        List<Class<?>> records = new ArrayList<>();
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            records.addAll(permitted.isRecord() ? List.of(permitted) : records(permitted));
        }
        return records;
    }
}
