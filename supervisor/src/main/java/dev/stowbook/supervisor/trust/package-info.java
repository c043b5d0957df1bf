/** Signatures of images: which are wanted, where they lie, and whether they hold. The JDK's cryptography only. */
@NullMarked
package dev.stowbook.supervisor.trust;

import org.jspecify.annotations.NullMarked;
