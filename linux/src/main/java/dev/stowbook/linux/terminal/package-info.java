/** Terminals: raw mode and window size. */
@NullMarked
package dev.stowbook.linux.terminal;

import org.jspecify.annotations.NullMarked;
