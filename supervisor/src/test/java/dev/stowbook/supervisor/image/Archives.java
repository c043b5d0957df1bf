package dev.stowbook.supervisor.image;

import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Image archives put together by hand, right or wrong in any place. */
final class Archives {
    final Map<String, byte[]> files = new LinkedHashMap<>();

    static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    static byte[] config(String architecture, List<byte[]> layers) {
        List<String> diffIds = layers.stream().map(layer -> "\"" + Digest.of(layer) + "\"").toList();
        return ("{ \"architecture\":\"" + architecture + "\",\n \"os\":\"linux\",\"created\":\"2024-05-06T07:08:09.123456789+02:00\","
                + "\"config\":{\"Env\":[\"PATH=/bin\",\"A=b\"],\"Cmd\":[\"sh\"],\"Entrypoint\":[\"/bin/init\",\"--\"],"
                + "\"WorkingDir\":\"/w\",\"User\":\"7:8\",\"StopSignal\":\"SIGUSR1\",\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},"
                + "\"Labels\":{\"b\":\"2\",\"a\":\"1\"},\"Volumes\":{\"/data\":{}}},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + String.join(",", diffIds) + "]},"
                + "\"history\":[{\"created_by\":\"x\"}], \"future.field\": null }").getBytes();
    }

    String blob(byte[] bytes) {
        Digest digest = Digest.of(bytes);
        files.put("blobs/sha256/" + digest.hex(), bytes);
        return "\"digest\":\"" + digest + "\",\"size\":" + bytes.length;
    }

    /** A manifest as a descriptor without its closing brace. */
    String manifest(String architecture, List<byte[]> plainLayers, List<byte[]> blobs) {
        List<String> layers = new ArrayList<>();
        for (byte[] layer : blobs) {
            layers.add("{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\"," + blob(layer) + "}");
        }
        String config = "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\"," + blob(config(architecture, plainLayers)) + "}";
        String manifest = "{\"schemaVersion\":2,\"config\":" + config + ",\"layers\":[" + String.join(",", layers) + "]}";
        return "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," + blob(manifest.getBytes());
    }

    Archives index(String... descriptors) {
        files.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes());
        files.put("index.json", ("{\"schemaVersion\":2,\"manifests\":[" + String.join(",", descriptors) + "]}").getBytes());
        return this;
    }

    /** A layout with one image, named {@code app:1}. */
    static Archives oci(byte[]... layers) throws IOException {
        Archives archive = new Archives();
        List<byte[]> blobs = new ArrayList<>();
        for (byte[] layer : layers) {
            blobs.add(gzip(layer));
        }
        String manifest = archive.manifest(Platform.ofHost().architecture(), List.of(layers), blobs);
        return archive.index(manifest + ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"app:1\"}}");
    }

    /** What {@code docker save} of one image gives. */
    static Archives docker(String name, byte[]... layers) {
        Archives archive = new Archives();
        byte[] config = config("amd64", List.of(layers));
        String configName = Digest.of(config).hex() + ".json";
        archive.files.put(configName, config);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < layers.length; i++) {
            archive.files.put("layer" + i + "/layer.tar", layers[i]);
            names.add("\"layer" + i + "/layer.tar\"");
        }
        archive.files.put("manifest.json", ("[{\"Config\":\"" + configName + "\",\"RepoTags\":[\"" + name + "\"],\"Layers\":["
                + String.join(",", names) + "]}]").getBytes());
        return archive;
    }

    byte[] tar() {
        TarBytes tar = new TarBytes();
        files.forEach((name, bytes) -> tar.file(name, 0644, bytes));
        return tar.bytes();
    }

    InputStream stream() {
        return new ByteArrayInputStream(tar());
    }
}
