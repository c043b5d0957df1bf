/**
 * What every driver has in common: how it is found and opened, how it answers, how it fails, what it may observe.
 *
 * <p>Shared contract of all verbs: called on worker threads, may block; one request record in, one result record out;
 * mutating verbs are idempotent per target; kernel names are derived from the ids in the request, so that a driver with
 * amnesia finds its things; {@code inspect} never mutates; every failure is a {@link dev.stowbook.spi.DriverException}.
 */
@NullMarked
package dev.stowbook.spi;

import org.jspecify.annotations.NullMarked;
