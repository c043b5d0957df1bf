/** YAML manifests to pod specifications: strict, all errors at once, each with its place. */
@NullMarked
package dev.stowbook.supervisor.manifest;

import org.jspecify.annotations.NullMarked;
