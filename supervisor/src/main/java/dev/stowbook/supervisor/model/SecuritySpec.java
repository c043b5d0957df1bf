package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.OptionalInt;

/**
 * What a container may do, as {@code securityContext} says.
 *
 * @param runAsUser user id of its first process; the image's user if empty
 * @param runAsGroup group id; the image's, or 0, if empty
 * @param readOnlyRootFilesystem whether its root file system refuses writes
 * @param allowPrivilegeEscalation whether setuid programs may gain privileges; false sets no_new_privs
 * @param addCapabilities capabilities added to the default set, without the {@code CAP_} prefix; {@code ALL} for all
 * @param dropCapabilities capabilities taken out of it; {@code ALL} for all
 */
public record SecuritySpec(
        OptionalInt runAsUser,
        OptionalInt runAsGroup,
        boolean readOnlyRootFilesystem,
        boolean allowPrivilegeEscalation,
        List<String> addCapabilities,
        List<String> dropCapabilities) {
    public SecuritySpec {
        addCapabilities = List.copyOf(addCapabilities);
        dropCapabilities = List.copyOf(dropCapabilities);
    }

    /** The default container. */
    public static SecuritySpec defaults() {
        return new SecuritySpec(OptionalInt.empty(), OptionalInt.empty(), false, true, List.of(), List.of());
    }
}
