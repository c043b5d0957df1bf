/** Puts the daemon together by hand. Nobody imports it. */
@NullMarked
package dev.stowbook.supervisor.boot;

import org.jspecify.annotations.NullMarked;
