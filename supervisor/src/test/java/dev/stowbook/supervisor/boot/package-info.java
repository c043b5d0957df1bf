@NullMarked
package dev.stowbook.supervisor.boot;

import org.jspecify.annotations.NullMarked;
