package dev.stowbook.supervisor.trust;

import java.util.Optional;
import java.util.SortedSet;

/**
 * An image that somebody wants, and what a signature of it must say.
 *
 * @param repository registry and path, whole: {@code docker.io/library/busybox}
 * @param tag it was asked by; empty for one asked by digest
 * @param digests of its manifest, and of the index that led there: a signature of either will do
 */
public record Asked(String repository, Optional<String> tag, SortedSet<String> digests) {}
