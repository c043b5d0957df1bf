/** What a container may do unless its manifest says otherwise: capabilities, devices, masked paths, system calls. */
@NullMarked
package dev.stowbook.supervisor.policy;

import org.jspecify.annotations.NullMarked;
