package dev.stowbook.supervisor.policy;

import dev.stowbook.linux.seccomp.SeccompAction;
import dev.stowbook.linux.seccomp.SeccompArch;
import dev.stowbook.linux.seccomp.SeccompProfile;
import dev.stowbook.linux.seccomp.SeccompRule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A profile as its file says it, conditions and all. */
record ProfileFile(SeccompAction defaultAction, Map<SeccompArch, List<SeccompArch>> architectures, List<ConditionalRule> rules) {

    /** When a rule applies: {@code includes} must hold as a whole, of {@code excludes} nothing. Architectures by their Go names. */
    record Condition(Set<Capability> capabilities, Set<String> architectures, Optional<KernelVersion> minKernel) {
        static final Condition NONE = new Condition(Set.of(), Set.of(), Optional.empty());

        boolean included(Set<Capability> has, String architecture, KernelVersion kernel) {
            return has.containsAll(capabilities)
                    && (architectures.isEmpty() || architectures.contains(architecture))
                    && minKernel.filter(least -> kernel.compareTo(least) < 0).isEmpty();
        }

        boolean excluded(Set<Capability> has, String architecture, KernelVersion kernel) {
            return capabilities.stream().anyMatch(has::contains)
                    || architectures.contains(architecture)
                    || minKernel.filter(least -> kernel.compareTo(least) >= 0).isPresent();
        }
    }

    record ConditionalRule(SeccompRule rule, Condition includes, Condition excludes) {}

    /** The profile for a container with these capabilities on this machine. */
    SeccompProfile resolve(Set<Capability> capabilities, SeccompArch machine, KernelVersion kernel) {
        String architecture = machine == SeccompArch.AARCH64 ? "arm64" : "amd64";
        var rules = new ArrayList<SeccompRule>();
        var known = new HashSet<String>();
        for (ConditionalRule rule : this.rules) {
            known.addAll(rule.rule().names());
            if (rule.includes().included(capabilities, architecture, kernel)
                    && !rule.excludes().excluded(capabilities, architecture, kernel)) {
                rules.add(rule.rule());
            }
        }
        var served = new ArrayList<SeccompArch>();
        served.add(machine);
        served.addAll(architectures.getOrDefault(machine, List.of()));
        return new SeccompProfile(defaultAction, served, rules, known);
    }
}
