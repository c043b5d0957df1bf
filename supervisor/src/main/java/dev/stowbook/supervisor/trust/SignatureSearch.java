package dev.stowbook.supervisor.trust;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Gathers the signatures that lie beside an image in its repository: cosign's of the first form, under a tag made of the digest, and sigstore's
 * bundles, which refer to the image. What is not of their form is passed over; it cannot help. Blocks.
 */
final class SignatureSearch {
    private static final String PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";
    private static final String SIGNATURE = "dev.cosignproject.cosign/signature";
    private static final String CERTIFICATE = "dev.sigstore.cosign/certificate";
    private static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
    private static final String BUNDLES = "application/vnd.dev.sigstore.bundle";
    private static final long MOST_PAYLOAD_BYTES = 64 << 10;
    private static final long MOST_BUNDLE_BYTES = 1 << 20;

    private final Repository repository;
    private final int most;
    private final List<Offered> found = new ArrayList<>();

    /** @param most how many signatures are fetched */
    SignatureSearch(Repository repository, int most) {
        this.repository = repository;
        this.most = most;
    }

    /** All that is offered for any of these manifests. @throws TrustException if it is more than anybody wants to look at */
    List<Offered> of(Collection<Digest> manifests) throws RegistryException, TrustException {
        for (Digest manifest : manifests) {
            Optional<Repository.Fetched> attached = repository.manifest(manifest.toString().replace(':', '-') + ".sig");
            if (attached.isPresent()) {
                simpleSigning(attached.get().bytes());
            }
            Optional<byte[]> referrers = repository.referrers(manifest, BUNDLE);
            if (referrers.isPresent()) {
                bundles(referrers.get());
            }
        }
        return found;
    }

    private void simpleSigning(byte[] manifest) throws RegistryException, TrustException {
        for (JsonNode layer : entries(manifest, "layers")) {
            String signature = layer.path("annotations").path(SIGNATURE).asText("");
            Optional<Descriptor> payload = descriptor(layer, PAYLOAD, MOST_PAYLOAD_BYTES);
            if (payload.isPresent() && !signature.isEmpty()) {
                add(new Offered.SimpleSigning(
                        repository.document(payload.get()), signature, layer.path("annotations").hasNonNull(CERTIFICATE)));
            }
        }
    }

    private void bundles(byte[] index) throws RegistryException, TrustException {
        int count = found.size();
        for (JsonNode referrer : entries(index, "manifests")) {
            String digest = referrer.path("digest").asText("");
            if (!referrer.path("artifactType").asText("").startsWith(BUNDLES) || !isDigest(digest)) {
                continue;
            }
            check(count++);
            Optional<Repository.Fetched> manifest = repository.manifest(digest);
            for (JsonNode layer : manifest.isPresent() ? entries(manifest.get().bytes(), "layers") : List.<JsonNode>of()) {
                Optional<Descriptor> bundle = descriptor(layer, BUNDLES, MOST_BUNDLE_BYTES);
                if (bundle.isPresent()) {
                    add(new Offered.Bundle(repository.document(bundle.get())));
                }
            }
        }
    }

    private void add(Offered offered) throws TrustException {
        check(found.size());
        found.add(offered);
    }

    private void check(int count) throws TrustException {
        if (count >= most) {
            throw new TrustException("it has more than " + most + " signatures, the limit of signatures.most: have some removed from the registry, or raise it");
        }
    }

    private static Iterable<JsonNode> entries(byte[] manifest, String field) {
        return StrictJson.object(manifest).map(json -> (Iterable<JsonNode>) json.path(field)).orElse(List.of());
    }

    private static Optional<Descriptor> descriptor(JsonNode json, String type, long mostBytes) {
        String mediaType = json.path("mediaType").asText("");
        String digest = json.path("digest").asText("");
        long size = json.path("size").asLong(-1);
        return mediaType.startsWith(type) && isDigest(digest) && size > 0 && size <= mostBytes
                ? Optional.of(new Descriptor(mediaType, Digest.parse(digest), size))
                : Optional.empty();
    }

    private static boolean isDigest(String text) {
        return text.matches("sha256:[0-9a-f]{64}");
    }
}
