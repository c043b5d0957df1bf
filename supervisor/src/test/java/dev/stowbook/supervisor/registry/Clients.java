package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageReference;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Clients as the tests need them. */
final class Clients {
    private Clients() {}

    static RegistrySettings settings(Map<String, RegistrySettings.Insecure> insecure, List<Path> authorities) {
        return new RegistrySettings(
                Map.of(), insecure, authorities, Optional.empty(), new RegistrySettings.Limits(100_000, 20, 1 << 30), 3, 3, 3, Duration.ofSeconds(30));
    }

    /** One that takes a registry without TLS. */
    static RegistryClient plain(String host) throws RegistryException {
        return open(settings(Map.of(host, RegistrySettings.Insecure.HTTP), List.of()));
    }

    static RegistryClient mirrored(String registry, List<String> mirrors, Map<String, RegistrySettings.Insecure> insecure) throws RegistryException {
        RegistrySettings s = settings(insecure, List.of());
        return open(new RegistrySettings(
                Map.of(registry, mirrors.stream().map(URI::create).toList()), insecure, List.of(), Optional.empty(), s.limits(), 3, 3, 2, s.patience()));
    }

    static RegistryClient open(RegistrySettings settings) throws RegistryException {
        return RegistryClient.open(settings, Map.of(), "test");
    }

    static Repository pulling(RegistryClient client, String reference) throws RegistryException {
        return client.pulling(ImageReference.parse(reference), Optional.empty());
    }

    static Repository pulling(RegistryClient client, String reference, Credential login) throws RegistryException {
        return client.pulling(ImageReference.parse(reference), Optional.of(login));
    }

    static Repository pushing(RegistryClient client, String reference) throws RegistryException {
        return client.pushing(ImageReference.parse(reference), Optional.empty(), List.of());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String descriptor(String type, byte[] content, String more) {
        return "{\"mediaType\":\"" + type + "\",\"size\":" + content.length + ",\"digest\":\"" + Digest.of(content) + "\"" + more + "}";
    }

    /** A manifest of OCI's. */
    static byte[] manifest(byte[] config, byte[]... layers) {
        StringBuilder all = new StringBuilder();
        for (byte[] layer : layers) {
            all.append(all.isEmpty() ? "" : ",").append(descriptor("application/vnd.oci.image.layer.v1.tar", layer, ""));
        }
        return bytes("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\",\"config\":"
                + descriptor(MediaTypes.OCI_CONFIG, config, "") + ",\"layers\":[" + all + "]}");
    }
}
