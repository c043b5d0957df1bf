/** Decisions: given events, when a command comes, then events. */
@NullMarked
package dev.stowbook.supervisor.execute;

import org.jspecify.annotations.NullMarked;
