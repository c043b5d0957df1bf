/** The shapes of the native REST API. */
@NullMarked
package dev.stowbook.supervisor.http.json;

import org.jspecify.annotations.NullMarked;
