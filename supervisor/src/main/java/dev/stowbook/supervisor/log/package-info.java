/** The book: an append-only log of entries behind one port, its implementations, codec and snapshots. */
@NullMarked
package dev.stowbook.supervisor.log;

import org.jspecify.annotations.NullMarked;
