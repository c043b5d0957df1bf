/**
 * The host of driver plugins: finds zips, checks them against digests, loads them by PF4J, chooses one driver of each kind, and
 * stands between the daemon and each driver so that a driver that hangs or throws fails its own workloads only.
 */
@NullMarked
package dev.stowbook.supervisor.driver;

import org.jspecify.annotations.NullMarked;
