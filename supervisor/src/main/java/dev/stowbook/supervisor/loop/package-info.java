/** The one writer: takes commands, decides, appends, applies, lets effects go, replies when durable. */
@NullMarked
package dev.stowbook.supervisor.loop;

import org.jspecify.annotations.NullMarked;
