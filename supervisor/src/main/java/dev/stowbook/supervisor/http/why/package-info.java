/** Explains from the book why something is as it is. */
@NullMarked
package dev.stowbook.supervisor.http.why;

import org.jspecify.annotations.NullMarked;
