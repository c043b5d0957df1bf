package dev.stowbook.supervisor.build;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code --name=value} before an instruction's arguments.
 *
 * @param values by name
 * @param rest what follows them
 */
record Flags(Map<String, String> values, String rest) {

    /**
     * Takes them off.
     *
     * @param known those that the instruction has here
     * @param newer those that only BuildKit has
     */
    static Flags of(Place place, String keyword, String arguments, Set<String> known, Set<String> newer) throws DockerfileException {
        Map<String, String> values = new TreeMap<>();
        String rest = arguments.strip();
        while (rest.startsWith("--")) {
            String[] parts = rest.split("\\s+", 2);
            String flag = parts[0].substring(2);
            rest = parts.length < 2 ? "" : parts[1].strip();
            if (flag.isEmpty()) {
                break;
            }
            int equals = flag.indexOf('=');
            String name = equals < 0 ? flag : flag.substring(0, equals);
            if (newer.contains(name)) {
                throw place.problem(keyword + " --" + name + " is BuildKit's; this builder does not have it: leave it out");
            }
            if (!known.contains(name)) {
                throw place.problem(keyword + " has no flag " + Place.quoted("--" + name)
                        + (known.isEmpty() ? ": it has none" : "; it has --" + String.join(", --", new java.util.TreeSet<>(known))));
            }
            if (equals < 0 || equals == flag.length() - 1) {
                throw place.problem(keyword + " --" + name + " needs a value: --" + name + "=...");
            }
            if (values.put(name, flag.substring(equals + 1)) != null) {
                throw place.problem(keyword + " has --" + name + " twice: keep one of them");
            }
        }
        return new Flags(values, rest);
    }

    Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }
}
