/** Decisions: given events, when a command comes, then events. */
@NullMarked
package dev.stowbook.supervisor.decide;

import org.jspecify.annotations.NullMarked;
