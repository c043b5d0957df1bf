/** The log in a Chronicle Queue. The only package that uses the queue's library. */
@NullMarked
package dev.stowbook.supervisor.log.chronicle;

import org.jspecify.annotations.NullMarked;
