package dev.stowbook.spi.volume;

import java.util.Collections;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Asks for a volume.
 *
 * @param volume the new volume, named as {@link VolumeTarget#volume}
 * @param options the driver's own; one it does not know is INVALID, never ignored
 * @param quotaBytes how much may be written to it; empty for no limit
 * @param operationId the daemon's name for this step
 */
public record CreateVolumeRequest(
        String volume, SortedMap<String, String> options, OptionalLong quotaBytes, String operationId) {
    public CreateVolumeRequest {
        options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
    }
}
