/** A graph driver for Stowbook by somebody else: layers are btrfs subvolumes. */
@NullMarked
package com.example.stowbook.btrfs;

import org.jspecify.annotations.NullMarked;
