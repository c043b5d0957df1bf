/**
 * Cgroup files: reading and writing them with the kernel's error numbers, finding the hierarchies of a host, and being told of
 * out-of-memory kills and changed event files by one thread for any number of groups.
 */
@NullMarked
package dev.stowbook.linux.cgroup;

import org.jspecify.annotations.NullMarked;
