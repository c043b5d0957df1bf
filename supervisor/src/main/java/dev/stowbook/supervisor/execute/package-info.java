/** Carries effects out on workers: drivers, keepers, images. What they answer comes back as commands. */
@NullMarked
package dev.stowbook.supervisor.execute;

import org.jspecify.annotations.NullMarked;
