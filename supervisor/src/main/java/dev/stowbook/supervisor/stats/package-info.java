/** What running containers use, measured: one reader for each container, however many watch. */
@NullMarked
package dev.stowbook.supervisor.stats;

import org.jspecify.annotations.NullMarked;
