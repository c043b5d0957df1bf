/**
 * The cgroup driver for hosts whose controllers are mounted as v1 hierarchies. Its files have the names of those of the v2 driver,
 * so that comparing the two reads as the difference between the kernels.
 */
@NullMarked
package dev.stowbook.cgroup.v1;

import org.jspecify.annotations.NullMarked;
