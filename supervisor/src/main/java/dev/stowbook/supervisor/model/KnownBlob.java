package dev.stowbook.supervisor.model;

/**
 * A compressed layer as a registry has it.
 *
 * @param diffId {@code sha256:} and the digest of its uncompressed tar
 * @param digest {@code sha256:} and the digest of its bytes
 * @param sizeBytes how many bytes that are
 * @param mediaType how it is compressed, in the manifest's words
 * @param repository where it is, with the registry: {@code docker.io/library/busybox}
 */
public record KnownBlob(String diffId, String digest, long sizeBytes, String mediaType, String repository) {}
