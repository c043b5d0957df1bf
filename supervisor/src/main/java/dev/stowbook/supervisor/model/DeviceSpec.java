package dev.stowbook.supervisor.model;

/**
 * A device of the host that a container may use.
 *
 * @param device its node on the host ({@code /dev/fuse}), or its number as {@code c:10:229}
 * @param path where its node is in the container, below {@code /dev/}
 * @param access letters of {@code rwm}: read, write, mknod(2)
 */
public record DeviceSpec(String device, String path, String access) {}
