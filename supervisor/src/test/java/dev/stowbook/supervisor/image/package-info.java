/** The content store over real graph drivers and real archives. */
@NullMarked
package dev.stowbook.supervisor.image;

import org.jspecify.annotations.NullMarked;
