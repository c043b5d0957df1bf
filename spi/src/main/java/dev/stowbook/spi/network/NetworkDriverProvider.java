package dev.stowbook.spi.network;

import dev.stowbook.spi.DriverProvider;

/** The extension point of network driver plugins. */
public interface NetworkDriverProvider extends DriverProvider<NetworkDriver, NetworkCapability> {}
