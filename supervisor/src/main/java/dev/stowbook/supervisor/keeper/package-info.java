/** The daemon's side of the keeper: launch plans, spawning, the control connection, exit files. */
@NullMarked
package dev.stowbook.supervisor.keeper;

import org.jspecify.annotations.NullMarked;
