package dev.stowbook.supervisor.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Options that limit processes, as the fields of a manifest that say the same. */
final class LimitOptions {
    /** Option to where its value belongs in {@code resources} and {@code stowbook.resources}. */
    private static final Map<String, List<String>> PLACES = new LinkedHashMap<>();

    static {
        PLACES.put("cpus", List.of("resources", "limits", "cpu"));
        PLACES.put("memory", List.of("resources", "limits", "memory"));
        PLACES.put("memory-swap", List.of("resources", "limits", "stowbook.dev/memory-and-swap"));
        PLACES.put("pids", List.of("resources", "limits", "stowbook.dev/pids"));
        PLACES.put("cpuset", List.of("resources", "limits", "stowbook.dev/cpuset"));
        PLACES.put("cpu-shares", List.of("stowbook", "resources", "cpu", "shares"));
        PLACES.put("cpu-period", List.of("stowbook", "resources", "cpu", "periodMicros"));
        PLACES.put("cpu-quota", List.of("stowbook", "resources", "cpu", "quotaMicros"));
        PLACES.put("cpu-burst", List.of("stowbook", "resources", "cpu", "burstMicros"));
        PLACES.put("memory-reservation", List.of("stowbook", "resources", "memory", "reservation"));
        PLACES.put("io-weight", List.of("stowbook", "resources", "io", "weight"));
    }

    private LimitOptions() {}

    /** Those that were given; empty for none. */
    static Map<String, Object> of(Arguments arguments) {
        Map<String, Object> change = new LinkedHashMap<>();
        PLACES.forEach((option, place) -> {
            String value = arguments.option(option);
            if (value != null) {
                put(change, place, option.equals("cpuset") || !value.matches("[0-9]{1,18}") ? value : (Object) Long.valueOf(value));
            }
        });
        return change;
    }

    /** Puts a value into objects in objects, which are made if they are not there. */
    @SuppressWarnings("unchecked") // only maps of this kind are put
    static void put(Map<String, Object> into, List<String> place, Object value) {
        Map<String, Object> at = into;
        for (String name : place.subList(0, place.size() - 1)) {
            at = (Map<String, Object>) at.computeIfAbsent(name, key -> new LinkedHashMap<String, Object>());
        }
        at.put(place.getLast(), value);
    }
}
