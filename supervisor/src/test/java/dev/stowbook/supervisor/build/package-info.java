@NullMarked
package dev.stowbook.supervisor.build;

import org.jspecify.annotations.NullMarked;
