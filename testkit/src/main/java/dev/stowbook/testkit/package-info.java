/**
 * Helps driver authors to test against a real kernel: names that collide with nobody's, a root file system to run, and a
 * comparison of what the kernel held before and after. The contracts each kind of driver must keep lie in the packages below.
 */
@NullMarked
package dev.stowbook.testkit;

import org.jspecify.annotations.NullMarked;
