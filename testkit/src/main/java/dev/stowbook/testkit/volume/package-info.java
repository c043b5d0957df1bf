/** What every volume driver must do. */
@NullMarked
package dev.stowbook.testkit.volume;

import org.jspecify.annotations.NullMarked;
