@NullMarked
package dev.stowbook.supervisor.http;

import org.jspecify.annotations.NullMarked;
