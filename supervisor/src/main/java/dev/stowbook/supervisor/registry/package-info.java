/** The OCI distribution client: pulls from registries and pushes to them. Knows neither loop nor store; every call blocks, on workers. */
@NullMarked
package dev.stowbook.supervisor.registry;

import org.jspecify.annotations.NullMarked;
