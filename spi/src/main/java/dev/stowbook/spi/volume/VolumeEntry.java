package dev.stowbook.spi.volume;

import dev.stowbook.spi.Presence;

/**
 * A volume that {@link VolumeDriver#list} found.
 *
 * @param volume its name
 * @param presence PRESENT, or PARTIAL for remains
 */
public record VolumeEntry(String volume, Presence presence) {}
