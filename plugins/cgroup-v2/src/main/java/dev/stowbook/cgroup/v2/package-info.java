/**
 * The cgroup driver for hosts whose controllers belong to the one v2 hierarchy. Its files have the names of those of the v1 driver,
 * so that comparing the two reads as the difference between the kernels.
 */
@NullMarked
package dev.stowbook.cgroup.v2;

import org.jspecify.annotations.NullMarked;
