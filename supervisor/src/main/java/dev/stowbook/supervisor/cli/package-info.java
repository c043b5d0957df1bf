/**
 * The {@code stowbook} command: a client of the REST API. Start-up time counts here: nothing on a client's path uses databind,
 * regular expressions, logging or Vert.x.
 */
@NullMarked
package dev.stowbook.supervisor.cli;

import org.jspecify.annotations.NullMarked;
