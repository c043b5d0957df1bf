package dev.stowbook.supervisor.trust;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Lays signatures beside an image as cosign does. */
public final class Signer {
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String INDEX = "application/vnd.oci.image.index.v1+json";
    private static final String BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

    private final Repository repository;

    /** @param repository to push to */
    public Signer(Repository repository) {
        this.repository = repository;
    }

    /** A signature of the first form. */
    public record Simple(byte[] payload, String signature, String moreAnnotations) {}

    /** Writes the image {@code sha256-<hex>.sig} of a manifest. */
    public void attach(String digest, List<Simple> signatures) throws RegistryException {
        byte[] config = "{\"architecture\":\"\",\"os\":\"\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}".getBytes(StandardCharsets.UTF_8);
        repository.upload(config);
        List<String> layers = new ArrayList<>();
        for (Simple signature : signatures) {
            repository.upload(signature.payload());
            layers.add(descriptor("application/vnd.dev.cosign.simplesigning.v1+json", signature.payload(),
                    ",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"" + signature.signature() + "\"" + signature.moreAnnotations() + "}"));
        }
        byte[] manifest = ("{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":"
                + descriptor("application/vnd.oci.image.config.v1+json", config, "") + ",\"layers\":[" + String.join(",", layers) + "]}")
                .getBytes(StandardCharsets.UTF_8);
        repository.put(manifest, MANIFEST, digest.replace(':', '-') + ".sig");
    }

    /** Writes bundles that refer to a manifest, and the tag that lists them where a registry makes no such lists. */
    public void refer(String digest, long size, List<byte[]> bundles) throws RegistryException {
        byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
        repository.upload(empty);
        List<String> referrers = new ArrayList<>();
        for (byte[] bundle : bundles) {
            repository.upload(bundle);
            byte[] manifest = ("{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"artifactType\":\"" + BUNDLE + "\",\"config\":"
                    + descriptor("application/vnd.oci.empty.v1+json", empty, "") + ",\"layers\":[" + descriptor(BUNDLE, bundle, "")
                    + "],\"subject\":{\"mediaType\":\"" + MANIFEST + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}}")
                    .getBytes(StandardCharsets.UTF_8);
            repository.put(manifest, MANIFEST, Digest.of(manifest).toString());
            referrers.add(descriptor(MANIFEST, manifest, ",\"artifactType\":\"" + BUNDLE + "\""));
        }
        index(referrers, digest.replace(':', '-'));
    }

    /** Writes an index. @return its digest */
    public String index(List<String> descriptors, String tag) throws RegistryException {
        byte[] index = ("{\"schemaVersion\":2,\"mediaType\":\"" + INDEX + "\",\"manifests\":[" + String.join(",", descriptors) + "]}")
                .getBytes(StandardCharsets.UTF_8);
        return repository.put(index, INDEX, tag).toString();
    }

    public static String descriptor(String type, byte[] content, String more) {
        return "{\"mediaType\":\"" + type + "\",\"size\":" + content.length + ",\"digest\":\"" + Digest.of(content) + "\"" + more + "}";
    }
}
