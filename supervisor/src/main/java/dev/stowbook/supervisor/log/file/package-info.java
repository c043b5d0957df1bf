/** The log in plain files: the reference for tests, and for hosts where memory-mapped files are not wanted. */
@NullMarked
package dev.stowbook.supervisor.log.file;

import org.jspecify.annotations.NullMarked;
