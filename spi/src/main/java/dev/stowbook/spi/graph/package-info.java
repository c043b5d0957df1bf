/**
 * Graph drivers: layers on disk, and the root file system that the keeper mounts from them.
 */
@NullMarked
package dev.stowbook.spi.graph;

import org.jspecify.annotations.NullMarked;
