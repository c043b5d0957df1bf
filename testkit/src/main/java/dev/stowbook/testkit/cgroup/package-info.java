/** What every cgroup driver must keep, as tests to inherit. */
@NullMarked
package dev.stowbook.testkit.cgroup;

import org.jspecify.annotations.NullMarked;
