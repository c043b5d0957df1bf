/**
 * Network drivers: networks, endpoints, and what joins a sandbox to them.
 */
@NullMarked
package dev.stowbook.spi.network;

import org.jspecify.annotations.NullMarked;
