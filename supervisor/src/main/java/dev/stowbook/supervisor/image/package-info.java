/** The content store: OCI layouts and docker archives, layers, image configurations. */
@NullMarked
package dev.stowbook.supervisor.image;

import org.jspecify.annotations.NullMarked;
