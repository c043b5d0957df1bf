/** Reads what containers wrote. */
@NullMarked
package dev.stowbook.supervisor.http.logs;

import org.jspecify.annotations.NullMarked;
