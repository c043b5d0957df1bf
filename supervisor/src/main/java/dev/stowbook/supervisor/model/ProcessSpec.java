package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a container's first process is and may use, beyond its user and its capabilities.
 *
 * @param supplementalGroups group ids beside those of the image's {@code /etc/group}
 * @param runAsNonRoot whether it must not start as user 0
 * @param oomScoreAdj how readily the kernel kills it when memory is short, -1000 to 1000; 0 if empty
 * @param ulimits limits of setrlimit(2), each name once
 * @param seccomp which system calls it may make
 * @param devices devices of the host that it may use
 * @param init whether a small init is process 1 and reaps what the program leaves behind
 * @param terminal what its standard streams are
 * @param stopSignal the signal that asks it to end, by its plain name ({@code TERM}); the image's if empty
 */
public record ProcessSpec(
        List<Integer> supplementalGroups,
        boolean runAsNonRoot,
        OptionalInt oomScoreAdj,
        List<Ulimit> ulimits,
        SeccompSpec seccomp,
        List<DeviceSpec> devices,
        boolean init,
        TerminalSpec terminal,
        Optional<String> stopSignal) {
    public ProcessSpec {
        supplementalGroups = List.copyOf(supplementalGroups);
        ulimits = List.copyOf(ulimits);
        devices = List.copyOf(devices);
    }

    /** The default container's. */
    public static ProcessSpec defaults() {
        return new ProcessSpec(
                List.of(), false, OptionalInt.empty(), List.of(), SeccompSpec.defaults(), List.of(), false,
                TerminalSpec.none(), Optional.empty());
    }
}
