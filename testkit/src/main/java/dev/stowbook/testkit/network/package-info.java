/** The conformance kit of network drivers. */
@NullMarked
package dev.stowbook.testkit.network;

import org.jspecify.annotations.NullMarked;
