/**
 * What goes wrong around a driver and inside one: system calls that fail or are never made, drivers that misbehave on purpose, and a
 * verdict on what the kit makes of them.
 */
@NullMarked
package dev.stowbook.testkit.fault;

import org.jspecify.annotations.NullMarked;
