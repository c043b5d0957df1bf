/** Decides a command against the state into events or a rejection. Pure: time and new ids are arguments. */
@NullMarked
package dev.stowbook.supervisor.decide;

import org.jspecify.annotations.NullMarked;
