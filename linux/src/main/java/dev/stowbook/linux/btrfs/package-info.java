/** Subvolumes, snapshots and quota groups of btrfs. */
@NullMarked
package dev.stowbook.linux.btrfs;

import org.jspecify.annotations.NullMarked;
