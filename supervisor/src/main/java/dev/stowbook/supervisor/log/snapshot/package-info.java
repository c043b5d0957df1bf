/** Snapshots of state, and how state is recovered from them and the log. */
@NullMarked
package dev.stowbook.supervisor.log.snapshot;

import org.jspecify.annotations.NullMarked;
