package dev.stowbook.spi.graph;

import dev.stowbook.spi.DriverProvider;

/** The extension point of graph driver plugins. */
public interface GraphDriverProvider extends DriverProvider<GraphDriver, GraphCapability> {}
