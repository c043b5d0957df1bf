/** The name server on the gateway of each network: names of pods from the state, everything else from the host's servers. */
@NullMarked
package dev.stowbook.supervisor.dns;

import org.jspecify.annotations.NullMarked;
