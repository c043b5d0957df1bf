/** Processes: spawning from a sealed memfd, pidfds, identities, unix sockets with long paths. */
@NullMarked
package dev.stowbook.linux.process;

import org.jspecify.annotations.NullMarked;
