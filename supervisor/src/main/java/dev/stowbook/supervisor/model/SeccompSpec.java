package dev.stowbook.supervisor.model;

import java.util.List;

/**
 * Which system calls a container may make.
 *
 * @param type where the filter comes from
 * @param localhostProfile for {@link Type#LOCALHOST} a path below the configured directory, otherwise empty text
 * @param allow system calls allowed whatever the profile says
 * @param deny system calls that fail with EPERM whatever the profile says
 */
public record SeccompSpec(Type type, String localhostProfile, List<String> allow, List<String> deny) {
    public SeccompSpec {
        allow = List.copyOf(allow);
        deny = List.copyOf(deny);
    }

    /** Where the filter comes from; the names are those of Kubernetes. */
    public enum Type {
        RUNTIME_DEFAULT,
        LOCALHOST,
        UNCONFINED
    }

    /** The profile that comes with Stowbook, as it is. */
    public static SeccompSpec defaults() {
        return new SeccompSpec(Type.RUNTIME_DEFAULT, "", List.of(), List.of());
    }
}
