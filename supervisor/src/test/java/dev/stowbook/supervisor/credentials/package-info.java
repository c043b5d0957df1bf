@NullMarked
package dev.stowbook.supervisor.credentials;

import org.jspecify.annotations.NullMarked;
