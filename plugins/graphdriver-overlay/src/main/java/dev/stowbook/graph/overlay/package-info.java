/** The graph driver {@code overlay}: layers as directories that the kernel's overlay file system merges. */
@NullMarked
package dev.stowbook.graph.overlay;

import org.jspecify.annotations.NullMarked;
