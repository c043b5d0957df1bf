package dev.stowbook.supervisor.model;

/**
 * A read-only layer in the content store.
 *
 * @param diffId {@code sha256:} and the digest of its uncompressed tar
 * @param chainId names the layer with all below it (OCI image-spec, "Layer ChainID")
 * @param cacheId the graph driver's name for it, random
 * @param sizeBytes the sum of the sizes of its files
 */
public record StoredLayer(String diffId, String chainId, String cacheId, long sizeBytes) {}
