package dev.stowbook.linux.seccomp;

import java.util.List;

/**
 * What happens to some system calls.
 *
 * @param names of system calls; those that libseccomp does not know are passed over, see {@link SeccompProfile#known}
 * @param action what the kernel does
 * @param arguments all must hold; two about the same argument are two rules, either of which is enough
 */
public record SeccompRule(List<String> names, SeccompAction action, List<ArgComparison> arguments) {
    public SeccompRule {
        names = List.copyOf(names);
        arguments = List.copyOf(arguments);
    }
}
