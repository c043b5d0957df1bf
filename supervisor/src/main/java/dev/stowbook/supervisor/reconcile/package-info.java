/** After a restart: compares the log with the kernel. */
@NullMarked
package dev.stowbook.supervisor.reconcile;

import org.jspecify.annotations.NullMarked;
