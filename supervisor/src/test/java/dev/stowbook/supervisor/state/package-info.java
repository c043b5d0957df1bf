/** What events do to state, and how things are found in it. */
@NullMarked
package dev.stowbook.supervisor.state;

import org.jspecify.annotations.NullMarked;
