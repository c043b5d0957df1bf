package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarWriter;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes images as an OCI image layout in a tar (image-layout.md), with uncompressed layers, each blob once; for docker with the
 * {@code manifest.json} that names the same blobs, as {@code docker save} has done since version 25. The same images give the same bytes.
 */
final class ImageArchive {
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

    private final ContentStore store;
    private final TarWriter tar;
    private final Set<String> written = new HashSet<>();

    ImageArchive(ContentStore store, OutputStream out) {
        this.store = store;
        this.tar = new TarWriter(out);
    }

    void write(List<Arrivals.Arrived> images, boolean docker) throws IOException, ImageException {
        ArrayNode index = Json.mapper().createArrayNode();
        ArrayNode dockers = Json.mapper().createArrayNode();
        file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
        for (Arrivals.Arrived image : images) {
            one(image, index, dockers);
        }
        ObjectNode top = Json.mapper().createObjectNode();
        top.put("schemaVersion", 2).put("mediaType", "application/vnd.oci.image.index.v1+json").set("manifests", index);
        file("index.json", Json.mapper().writeValueAsBytes(top));
        if (docker) {
            file(DockerArchive.MANIFEST, Json.mapper().writeValueAsBytes(dockers));
        }
        tar.finish();
    }

    private void one(Arrivals.Arrived arrived, ArrayNode index, ArrayNode dockers) throws IOException, ImageException {
        StoredImage image = arrived.image();
        Digest id = Digest.parse(image.id());
        byte[] config = store.configuration(id).orElseThrow(() -> new ImageException(
                ErrorCode.INTERNAL, "the configuration of image " + id + " is lost: see 'stowbook fsck'"));
        ObjectNode manifest = Json.mapper().createObjectNode();
        manifest.put("schemaVersion", 2).put("mediaType", MANIFEST);
        manifest.putObject("config").put("mediaType", CONFIG).put("digest", id.toString()).put("size", config.length);
        ArrayNode layers = manifest.putArray("layers");
        ObjectNode docker = dockers.addObject().put("Config", path(id.toString()));
        ArrayNode tags = docker.putArray("RepoTags");
        arrived.references().stream().filter(reference -> reference.tag().isPresent()).forEach(reference -> tags.add(reference.toString()));
        ArrayNode names = docker.putArray("Layers");
        blob(id.toString(), config);
        for (StoredLayer layer : image.layers()) {
            layers.addObject().put("mediaType", LAYER).put("digest", layer.diffId()).put("size", layer(layer));
            names.add(path(layer.diffId()));
        }
        byte[] bytes = Json.mapper().writeValueAsBytes(manifest);
        blob(Digest.of(bytes).toString(), bytes);
        List<ImageReference> references = arrived.references();
        for (int i = 0; i < Math.max(1, references.size()); i++) {
            ObjectNode descriptor = index.addObject().put("mediaType", MANIFEST).put("digest", Digest.of(bytes).toString()).put("size", bytes.length);
            if (!references.isEmpty()) {
                descriptor.putObject("annotations").put("org.opencontainers.image.ref.name", references.get(i).toString());
            }
            descriptor.putObject("platform").put("architecture", image.architecture()).put("os", image.os());
        }
    }

    private static String path(String digest) {
        return "blobs/sha256/" + Digest.parse(digest).hex();
    }

    private long layer(StoredLayer layer) throws IOException, ImageException {
        long size = store.tarBytes(layer);
        if (written.add(layer.diffId())) {
            begin(path(layer.diffId()), size);
            store.tar(layer, new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    tar.write(new byte[] {(byte) b}, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    if (length > 0) {
                        tar.write(offset == 0 ? bytes : java.util.Arrays.copyOfRange(bytes, offset, offset + length), length);
                    }
                }
            });
        }
        return size;
    }

    private void blob(String digest, byte[] bytes) throws IOException {
        if (written.add(digest)) {
            file(path(digest), bytes);
        }
    }

    private void file(String name, byte[] bytes) throws IOException {
        begin(name, bytes.length);
        if (bytes.length > 0) {
            tar.write(bytes, bytes.length);
        }
    }

    private void begin(String name, long size) throws IOException {
        tar.begin(new TarEntry(
                RawPath.ofText(name), TarEntry.Kind.FILE, 0644, 0, 0, size, 0, 0, "", 0, 0, Collections.unmodifiableSortedMap(new TreeMap<>())));
    }
}
