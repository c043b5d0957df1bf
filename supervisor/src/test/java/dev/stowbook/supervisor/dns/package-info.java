@NullMarked
package dev.stowbook.supervisor.dns;

import org.jspecify.annotations.NullMarked;
