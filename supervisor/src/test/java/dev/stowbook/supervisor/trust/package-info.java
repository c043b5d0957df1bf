@NullMarked
package dev.stowbook.supervisor.trust;

import org.jspecify.annotations.NullMarked;
