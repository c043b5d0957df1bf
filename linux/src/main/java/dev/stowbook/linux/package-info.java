/**
 * System calls for Java: the base of the areas below ({@code file}, {@code mount}, {@code process}, {@code net},
 * {@code cgroup}, {@code seccomp}). This library is the only place with JNA code.
 */
@NullMarked
package dev.stowbook.linux;

import org.jspecify.annotations.NullMarked;
