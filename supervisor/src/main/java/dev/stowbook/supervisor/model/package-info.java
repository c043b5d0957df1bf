/** Values that commands, events and state are made of. Pure: no I/O, clock, randomness, thread or logging. */
@NullMarked
package dev.stowbook.supervisor.model;

import org.jspecify.annotations.NullMarked;
