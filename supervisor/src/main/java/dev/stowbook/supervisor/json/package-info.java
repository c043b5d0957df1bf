/** JSON as plain values, for the parts that load nothing larger. */
@NullMarked
package dev.stowbook.supervisor.json;

import org.jspecify.annotations.NullMarked;
