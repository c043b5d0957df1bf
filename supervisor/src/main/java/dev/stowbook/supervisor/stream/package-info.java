/** Readers of the log: durable entries only, from any sequence, without loss. */
@NullMarked
package dev.stowbook.supervisor.stream;

import org.jspecify.annotations.NullMarked;
