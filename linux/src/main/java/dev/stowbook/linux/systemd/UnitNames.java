package dev.stowbook.linux.systemd;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * systemd's names of an instance's groups: a pod is a slice below {@code system.slice} (a dash in a slice's name is a level,
 * systemd.slice(5)), a container a scope in it. Ids are 64 characters of {@code [0-9a-f]}.
 *
 * @param instance the daemon's instance id
 */
public record UnitNames(String instance) {
    /** The slice that all are in. */
    public static final String SYSTEM = "system.slice";

    private static final String ID = "[0-9a-f]{64}";

    /** A pod's unit. */
    public String slice(String pod) {
        return "system-stowbook_" + instance + "_" + pod + ".slice";
    }

    private String scope(String container) {
        return "stowbook-" + instance + "-" + container + ".scope";
    }

    /** The unit of a container, or of the pod itself. */
    public String unit(String pod, Optional<String> container) {
        return container.map(this::scope).orElseGet(() -> slice(pod));
    }

    /** The directory of a container or of the pod itself, below a hierarchy's mount. */
    public Path directory(String pod, Optional<String> container) {
        Path directory = Path.of(SYSTEM, slice(pod));
        return container.map(id -> directory.resolve(scope(id))).orElse(directory);
    }

    /** The pod whose slice has this name; empty if it is none of this instance. */
    public Optional<String> podOf(String directory) {
        return id("system-stowbook_" + instance + "_(" + ID + ")\\.slice", directory);
    }

    /** The container whose scope has this name; empty if it is none of this instance. */
    public Optional<String> containerOf(String directory) {
        return id("stowbook-" + instance + "-(" + ID + ")\\.scope", directory);
    }

    private static Optional<String> id(String pattern, String name) {
        Matcher matcher = Pattern.compile(pattern).matcher(name);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
