/**
 * Compiles seccomp profiles to filter programs for seccomp(2), by libseccomp. Parsing of profile files is the caller's: this
 * package takes plain records.
 */
@NullMarked
package dev.stowbook.linux.seccomp;

import org.jspecify.annotations.NullMarked;
