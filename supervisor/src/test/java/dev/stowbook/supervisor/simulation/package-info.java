/** The real loop, decisions and reconciler over a made-up host, driven by a seed: a crash between any two steps. */
@NullMarked
package dev.stowbook.supervisor.simulation;

import org.jspecify.annotations.NullMarked;
