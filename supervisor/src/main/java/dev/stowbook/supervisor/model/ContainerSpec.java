package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;

/**
 * One container of a pod, as its manifest asks for it.
 *
 * @param name unique in its pod (RFC 1123 label)
 * @param image reference of the image: {@code busybox}, {@code example.org/app:1.2}, {@code app@sha256:...}
 * @param command replaces the image's entrypoint if not empty
 * @param args replaces the image's command if not empty
 * @param env added to the image's environment, in order
 * @param workingDir replaces the image's; absolute
 * @param ports what it listens on, and what of it is published
 * @param resources its limits
 * @param process what its first process is and may use
 * @param security what it may do
 * @param mounts which volumes of its pod it has, and where
 * @param pin the one image that it must be, if it is locked
 */
public record ContainerSpec(
        String name,
        String image,
        List<String> command,
        List<String> args,
        List<EnvVar> env,
        Optional<String> workingDir,
        List<PortSpec> ports,
        ResourceSpec resources,
        ProcessSpec process,
        SecuritySpec security,
        List<MountSpec> mounts,
        Optional<ImagePin> pin) {
    public ContainerSpec {
        command = List.copyOf(command);
        args = List.copyOf(args);
        env = List.copyOf(env);
        ports = List.copyOf(ports);
        mounts = List.copyOf(mounts);
    }

    /** The same held to one image. */
    public ContainerSpec withPin(ImagePin value) {
        return new ContainerSpec(
                name, image, command, args, env, workingDir, ports, resources, process, security, mounts, Optional.of(value));
    }

    /** The same with other limits. */
    public ContainerSpec withResources(ResourceSpec value) {
        return new ContainerSpec(
                name, image, command, args, env, workingDir, ports, value, process, security, mounts, pin);
    }
}
