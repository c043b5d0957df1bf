/** Runs tests on a kernel of their own, for what the host's kernel has not: see {@link dev.stowbook.testkit.guest.Guest}. */
@NullMarked
package dev.stowbook.testkit.guest;

import org.jspecify.annotations.NullMarked;
