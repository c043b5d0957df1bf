package dev.stowbook.spi.cgroup;

import dev.stowbook.spi.DriverProvider;

/** The extension point of cgroup driver plugins. */
public interface CgroupDriverProvider extends DriverProvider<CgroupDriver, CgroupCapability> {}
