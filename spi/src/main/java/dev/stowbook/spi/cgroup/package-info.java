/**
 * Cgroup drivers: groups, their limits, and where the keeper places a process.
 */
@NullMarked
package dev.stowbook.spi.cgroup;

import org.jspecify.annotations.NullMarked;
