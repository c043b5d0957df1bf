package dev.stowbook.spi.volume;

/**
 * Says that somebody begins or ceases to use a volume.
 *
 * @param volume the volume
 * @param user who: the id of a pod, 1 to 64 characters of {@code [0-9a-f]}
 * @param operationId the daemon's name for this step
 */
public record MountVolumeRequest(String volume, String user, String operationId) {}
