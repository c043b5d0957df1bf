/** What Prometheus scrapes. */
@NullMarked
package dev.stowbook.supervisor.http.metrics;

import org.jspecify.annotations.NullMarked;
