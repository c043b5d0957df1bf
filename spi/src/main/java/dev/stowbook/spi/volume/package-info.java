/**
 * Volume drivers: directories that outlive containers, and where the keeper finds them on the host.
 */
@NullMarked
package dev.stowbook.spi.volume;

import org.jspecify.annotations.NullMarked;
