/** The graph driver {@code vfs}: every layer a full copy. Works on any file system, needs no mount. */
@NullMarked
package dev.stowbook.graph.vfs;

import org.jspecify.annotations.NullMarked;
