@NullMarked
package dev.stowbook.supervisor.registry;

import org.jspecify.annotations.NullMarked;
