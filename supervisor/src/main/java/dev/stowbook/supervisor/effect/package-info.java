/** What the log implies must be done: effects, planned from state and event. Pure. */
@NullMarked
package dev.stowbook.supervisor.effect;

import org.jspecify.annotations.NullMarked;
