/** Attaches clients to processes that exec started. */
@NullMarked
package dev.stowbook.supervisor.http.exec;

import org.jspecify.annotations.NullMarked;
