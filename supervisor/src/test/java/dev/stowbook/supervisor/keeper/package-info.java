/** Real containers, by real keepers. */
@NullMarked
package dev.stowbook.supervisor.keeper;

import org.jspecify.annotations.NullMarked;
