/** Builds images from Dockerfiles, as Docker's classic builder does: a parser that knows nothing else, and a builder that asks a host. */
@NullMarked
package dev.stowbook.supervisor.build;

import org.jspecify.annotations.NullMarked;
