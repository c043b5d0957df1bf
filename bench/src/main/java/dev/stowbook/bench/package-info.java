/** Programs that measure. */
@NullMarked
package dev.stowbook.bench;

import org.jspecify.annotations.NullMarked;
