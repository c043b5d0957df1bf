package dev.stowbook.spi.volume;

import java.nio.file.Path;

/**
 * A volume that can be used.
 *
 * @param source what the keeper bind-mounts into containers: absolute, on the host, existing, until the user's {@code unmount}
 * @param readOnly whether the volume itself refuses writes, whatever its user wants
 */
public record MountedVolume(Path source, boolean readOnly) {}
