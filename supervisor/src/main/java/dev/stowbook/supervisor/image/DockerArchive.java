package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code docker save} writes: {@code manifest.json} names configurations, tags and layers (Docker image spec v1.2). */
final class DockerArchive {
    static final String MANIFEST = "manifest.json";

    private DockerArchive() {}

    static List<Staged> read(Archive archive) throws IOException, ImageException {
        List<Staged> images = new ArrayList<>();
        for (JsonNode image : Json.array(archive.requiredDocument(MANIFEST), MANIFEST)) {
            String configName = image.path("Config").asText("");
            byte[] config = archive.requiredDocument(configName);
            verify(configName, config);
            List<LayerBlob> layers = new ArrayList<>();
            for (JsonNode layer : image.path("Layers")) {
                String name = layer.asText("");
                layers.add(new LayerBlob(
                        name, Optional.empty(), Optional.empty(), () -> archive.open(name).orElseThrow(() -> Archive.missing(name))));
            }
            List<ImageReference> references = new ArrayList<>();
            for (JsonNode tag : image.path("RepoTags")) {
                references.add(reference(tag.asText("")));
            }
            images.add(Staged.of(config, layers, references));
        }
        if (images.isEmpty()) {
            throw ImageException.invalid("the docker archive's " + MANIFEST + " names no image");
        }
        return images;
    }

    /** Configurations are named by their digest: {@code <hex>.json}, or {@code blobs/sha256/<hex>}. */
    private static void verify(String name, byte[] config) throws ImageException {
        String base = name.substring(name.lastIndexOf('/') + 1).replaceFirst("\\.json$", "");
        if (base.matches("[0-9a-f]{64}") && !Digest.of(config).hex().equals(base)) {
            throw ImageException.invalid("the configuration " + name + " of the docker archive has the digest " + Digest.of(config)
                    + ": it is damaged, make the archive again");
        }
    }

    static ImageReference reference(String text) throws ImageException {
        try {
            return ImageReference.parse(text);
        } catch (IllegalArgumentException e) {
            throw ImageException.invalid("the image archive names an image badly: " + e.getMessage());
        }
    }
}
