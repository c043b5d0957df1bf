/** The loop over a log in memory and a thread that goes step by step. */
@NullMarked
package dev.stowbook.supervisor.loop;

import org.jspecify.annotations.NullMarked;
