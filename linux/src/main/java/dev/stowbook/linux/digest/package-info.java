/** Digests of much data, by the machine's own instructions for them. */
@NullMarked
package dev.stowbook.linux.digest;

import org.jspecify.annotations.NullMarked;
