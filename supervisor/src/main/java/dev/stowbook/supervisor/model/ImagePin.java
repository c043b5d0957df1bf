package dev.stowbook.supervisor.model;

import java.util.Optional;

/**
 * The one image that a container's image must be, whatever its name names by now: a lock file said so.
 *
 * @param image its id
 * @param manifest the digest of its manifest at a registry; empty if it was made or loaded where it was locked
 * @param tree the digest of its merged tree
 */
public record ImagePin(String image, Optional<String> manifest, String tree) {}
