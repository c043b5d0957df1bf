package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.OptionalLong;

/**
 * How the commands of a build run, beside what their image says.
 *
 * @param resources limits of each command
 * @param ulimits limits of setrlimit(2), each name once
 * @param shmBytes the size of {@code /dev/shm}; the default container's if empty
 * @param networking what they want of the network
 */
public record StepSpec(ResourceSpec resources, List<Ulimit> ulimits, OptionalLong shmBytes, NetworkingSpec networking) {
    public StepSpec {
        ulimits = List.copyOf(ulimits);
    }

    /** As a pod runs of which nothing is said. */
    public static StepSpec defaults() {
        return new StepSpec(ResourceSpec.unlimited(), List.of(), OptionalLong.empty(), NetworkingSpec.defaults());
    }
}
