/** The volume driver {@code local}: volumes as directories of the daemon's root, and as mounts of what their options name. */
@NullMarked
package dev.stowbook.volume.local;

import org.jspecify.annotations.NullMarked;
