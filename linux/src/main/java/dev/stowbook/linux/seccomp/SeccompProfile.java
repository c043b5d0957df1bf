package dev.stowbook.linux.seccomp;

import java.util.List;
import java.util.Set;

/**
 * A profile with every condition resolved, ready to be compiled.
 *
 * @param defaultAction for system calls without a rule
 * @param architectures the machine's own first, then others whose calls it serves; calls of any other kill the process
 * @param rules in any order
 * @param known names of all system calls the profile's author thought of, also those of rules that do not apply here. A number above all of them
 *     is newer than the profile or the library and answers ENOSYS, so that the C library falls back to an older call; not where the default
 *     action lets calls through
 */
public record SeccompProfile(
        SeccompAction defaultAction, List<SeccompArch> architectures, List<SeccompRule> rules, Set<String> known) {
    public SeccompProfile {
        architectures = List.copyOf(architectures);
        rules = List.copyOf(rules);
        known = Set.copyOf(known);
    }
}
