/** The whole thing: a daemon process of its own, spoken to over its socket, held against what the kernel says. */
@NullMarked
package dev.stowbook.supervisor.e2e;

import org.jspecify.annotations.NullMarked;
