/** Mounts: the calls of the new mount API, and what the kernel says is mounted. */
@NullMarked
package dev.stowbook.linux.mount;

import org.jspecify.annotations.NullMarked;
