package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OCI image layout (image-spec, image-layout.md): {@code index.json} names manifests by digest, blobs lie below {@code blobs/sha256}. Of an
 * image with a manifest for each platform the host's is taken. Every digest and size is verified.
 */
final class OciLayout {
    static final String INDEX = "index.json";
    static final String MARK = "oci-layout";

    private static final String REF_NAME = "org.opencontainers.image.ref.name";
    private static final String CONTAINERD_NAME = "io.containerd.image.name";
    private static final int MAX_PLATFORMS_TOLD = 20;
    private static final int MAX_INDEX_DEPTH = 4;

    private final Archive archive;
    private final Platform host;

    private OciLayout(Archive archive, Platform host) {
        this.archive = archive;
        this.host = host;
    }

    static List<Staged> read(Archive archive, Platform host) throws IOException, ImageException {
        return new OciLayout(archive, host).images();
    }

    private List<Staged> images() throws IOException, ImageException {
        String version = Json.object(archive.requiredDocument(MARK), MARK).path("imageLayoutVersion").asText("");
        if (!version.startsWith("1.")) {
            throw ImageException.invalid("the image layout has the version \"" + version + "\"; only 1.x is known");
        }
        // Descriptors with one name are one image for several platforms; one without a name is an image of its own.
        Map<String, List<JsonNode>> named = new LinkedHashMap<>();
        List<JsonNode> descriptors = manifests(Json.object(archive.requiredDocument(INDEX), INDEX));
        for (int i = 0; i < descriptors.size(); i++) {
            JsonNode descriptor = descriptors.get(i);
            String name = name(descriptor)
                    .orElse(descriptor.path("platform").isObject() ? "" : "unnamed " + i);
            named.computeIfAbsent(name, n -> new ArrayList<>()).add(descriptor);
        }
        List<Staged> images = new ArrayList<>();
        for (List<JsonNode> one : named.values()) {
            List<ImageReference> references = new ArrayList<>();
            if (name(one.getFirst()).isPresent()) {
                references.add(DockerArchive.reference(name(one.getFirst()).get()));
            }
            images.add(manifest(choose(one, 0), references));
        }
        if (images.isEmpty()) {
            throw ImageException.invalid("the image layout's " + INDEX + " names no image");
        }
        return images;
    }

    private static Optional<String> name(JsonNode descriptor) {
        for (String key : List.of(CONTAINERD_NAME, REF_NAME)) {
            String name = descriptor.path("annotations").path(key).asText("");
            if (!name.isEmpty()) {
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    /** Those that describe images; attestations are no images. */
    private static List<JsonNode> manifests(JsonNode index) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode descriptor : index.path("manifests")) {
            boolean attestation = descriptor.path("annotations").path("vnd.docker.reference.type").asText("").equals("attestation-manifest");
            if (!attestation) {
                found.add(descriptor);
            }
        }
        return found;
    }

    /** Goes down to the one manifest that fits the host. */
    private JsonNode choose(List<JsonNode> candidates, int depth) throws IOException, ImageException {
        if (depth > MAX_INDEX_DEPTH) {
            throw ImageException.invalid("the image's indexes are nested more than " + MAX_INDEX_DEPTH + " deep");
        }
        List<JsonNode> fitting = candidates.stream()
                .filter(candidate -> candidates.size() == 1 && !candidate.path("platform").isObject()
                        || isIndex(candidate) && !candidate.path("platform").isObject()
                        || Platform.of(candidate.path("platform")).fits(host))
                .toList();
        if (fitting.isEmpty()) {
            throw ImageException.invalid("the image has no manifest for " + host + ", only for "
                    + String.join(", ", candidates.stream().map(c -> Platform.of(c.path("platform")).toString()).distinct().limit(MAX_PLATFORMS_TOLD).toList()));
        }
        JsonNode chosen = fitting.getFirst();
        if (!isIndex(chosen)) {
            return chosen;
        }
        return choose(manifests(Json.object(blob(chosen), "the index " + chosen.path("digest").asText())), depth + 1);
    }

    private static boolean isIndex(JsonNode descriptor) {
        String type = descriptor.path("mediaType").asText("");
        return type.equals("application/vnd.oci.image.index.v1+json")
                || type.equals("application/vnd.docker.distribution.manifest.list.v2+json");
    }

    private Staged manifest(JsonNode descriptor, List<ImageReference> references) throws IOException, ImageException {
        String what = "the manifest " + descriptor.path("digest").asText();
        JsonNode manifest = Json.object(blob(descriptor), what);
        if (!manifest.path("config").isObject() || !manifest.path("layers").isArray()) {
            throw ImageException.invalid(what + " has no config or no layers: it describes no image");
        }
        byte[] config = blob(manifest.path("config"));
        List<LayerBlob> layers = new ArrayList<>();
        for (JsonNode layer : manifest.path("layers")) {
            layers.add(layer(layer));
        }
        return Staged.of(config, layers, references);
    }

    private LayerBlob layer(JsonNode descriptor) throws ImageException {
        String type = descriptor.path("mediaType").asText("");
        if (!type.contains("tar") || type.contains("encrypted")) {
            throw ImageException.invalid("the image has a layer of the type \"" + type + "\"; only tars, plain, gzip or zstd, are known");
        }
        Digest digest = digest(descriptor);
        return new LayerBlob(
                digest.toString(),
                Optional.of(digest),
                Optional.of(descriptor.path("size").asLong(-1)),
                () -> archive.open(path(digest)).orElseThrow(() -> Archive.missing(path(digest))));
    }

    private static String path(Digest digest) {
        return "blobs/sha256/" + digest.hex();
    }

    private static Digest digest(JsonNode descriptor) throws ImageException {
        try {
            return Digest.parse(descriptor.path("digest").asText(""));
        } catch (IllegalArgumentException e) {
            throw ImageException.invalid("the image archive has a bad descriptor: " + e.getMessage());
        }
    }

    /** A small blob, its size and digest verified. */
    private byte[] blob(JsonNode descriptor) throws IOException, ImageException {
        Digest digest = digest(descriptor);
        byte[] bytes = archive.requiredDocument(path(digest));
        if (bytes.length != descriptor.path("size").asLong(-1) || !Digest.of(bytes).equals(digest)) {
            throw ImageException.invalid("the blob " + digest + " has " + bytes.length + " bytes and the digest " + Digest.of(bytes)
                    + ": it is not what the image names, make the archive again");
        }
        return bytes;
    }
}
