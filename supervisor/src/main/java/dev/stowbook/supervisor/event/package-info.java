/** What happened: sealed events, past-tense records. Pure. */
@NullMarked
package dev.stowbook.supervisor.event;

import org.jspecify.annotations.NullMarked;
