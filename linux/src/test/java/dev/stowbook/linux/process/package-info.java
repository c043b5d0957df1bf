/** Processes, on the real kernel. */
@NullMarked
package dev.stowbook.linux.process;

import org.jspecify.annotations.NullMarked;
