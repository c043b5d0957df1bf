/** Logins to registries, kept as Docker's command keeps them. Shared by the daemon and the command line. */
@NullMarked
package dev.stowbook.supervisor.credentials;

import org.jspecify.annotations.NullMarked;
