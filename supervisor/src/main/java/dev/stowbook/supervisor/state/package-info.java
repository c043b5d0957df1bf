/** The state that the log implies: immutable, sorted, changed by {@code evolve} alone. Pure. */
@NullMarked
package dev.stowbook.supervisor.state;

import org.jspecify.annotations.NullMarked;
