package dev.stowbook.spi.volume;

import dev.stowbook.spi.DriverProvider;

/** The extension point of volume driver plugins. */
public interface VolumeDriverProvider extends DriverProvider<VolumeDriver, VolumeCapability> {}
