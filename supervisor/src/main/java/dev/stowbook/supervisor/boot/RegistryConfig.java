package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.credentials.CredentialFile;
import dev.stowbook.supervisor.registry.RegistrySettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The section {@code registries} of the configuration. */
final class RegistryConfig {
    static final List<String> KEYS = List.of(
            "registries.mirrors.*", "registries.insecure.*", "registries.authorities.*", "registries.credentials", "registries.maxManifestBytes",
            "registries.maxLayers", "registries.maxLayerBytes", "registries.parallelDownloads", "registries.parallelUploads", "registries.attempts",
            "registries.patience");

    private static final Pattern REGISTRY = Pattern.compile("(?:[A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+])(?::[0-9]{1,5})?");
    private static final int MOST_PARALLEL = 32;
    private static final int MOST_ATTEMPTS = 100;
    private static final int MOST_MANIFEST_BYTES = 64 << 20;
    private static final int MOST_LAYERS = 500;

    private RegistryConfig() {}

    static RegistrySettings defaults() {
        RegistrySettings plain = RegistrySettings.defaults();
        return new RegistrySettings(
                plain.mirrors(), plain.insecure(), plain.authorities(), ofUser(), plain.limits(), plain.parallelDownloads(), plain.parallelUploads(), plain.attempts(),
                plain.patience());
    }

    private static Optional<Path> ofUser() {
        return CredentialFile.ofUser(System.getenv()).map(CredentialFile::path);
    }

    static RegistrySettings read(ConfigReader reader) throws BootException {
        RegistrySettings defaults = RegistrySettings.defaults();
        RegistrySettings.Limits limits = defaults.limits();
        Optional<Path> credentials = reader.text("registries.credentials").map(Path::of);
        return new RegistrySettings(
                mirrors(reader),
                insecure(reader),
                authorities(reader),
                credentials.isPresent() ? credentials : ofUser(),
                new RegistrySettings.Limits(
                        reader.number("registries.maxManifestBytes", limits.manifestBytes(), 1024, MOST_MANIFEST_BYTES),
                        (int) reader.number("registries.maxLayers", limits.layers(), 1, MOST_LAYERS),
                        reader.number("registries.maxLayerBytes", limits.layerBytes(), 1, Long.MAX_VALUE)),
                (int) reader.number("registries.parallelDownloads", defaults.parallelDownloads(), 1, MOST_PARALLEL),
                (int) reader.number("registries.parallelUploads", defaults.parallelUploads(), 1, MOST_PARALLEL),
                (int) reader.number("registries.attempts", defaults.attempts(), 1, MOST_ATTEMPTS),
                patience(reader, defaults.patience()));
    }

    private static Duration patience(ConfigReader reader, Duration otherwise) throws BootException {
        Duration patience = reader.duration("registries.patience", otherwise);
        if (patience.compareTo(Duration.ofSeconds(1)) < 0) {
            throw reader.refuse("registries.patience", "no registry answers in less than 1s; write a longer time");
        }
        return patience;
    }

    private static Map<String, List<URI>> mirrors(ConfigReader reader) throws BootException {
        Map<String, List<URI>> mirrors = new TreeMap<>();
        for (var entry : reader.texts("registries.mirrors").entrySet()) {
            String key = "registries.mirrors." + entry.getKey();
            registry(reader, key, entry.getKey());
            List<URI> addresses = new ArrayList<>();
            for (String text : entry.getValue().strip().split("[,\\s]+")) {
                addresses.add(mirror(reader, key, text));
            }
            mirrors.put(entry.getKey(), addresses);
        }
        return mirrors;
    }

    private static URI mirror(ConfigReader reader, String key, String text) throws BootException {
        try {
            URI address = URI.create(text);
            boolean web = "https".equals(address.getScheme()) || "http".equals(address.getScheme());
            if (web && address.getHost() != null && address.getUserInfo() == null && address.getPath().replace("/", "").isEmpty()) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw reader.refuse(key, text + " is no address of a mirror; write it as https://mirror.example or http://127.0.0.1:5000");
    }

    private static Map<String, RegistrySettings.Insecure> insecure(ConfigReader reader) throws BootException {
        Map<String, RegistrySettings.Insecure> insecure = new TreeMap<>();
        for (var entry : reader.texts("registries.insecure").entrySet()) {
            String key = "registries.insecure." + entry.getKey();
            registry(reader, key, entry.getKey());
            insecure.put(entry.getKey(), switch (entry.getValue()) {
                case "http" -> RegistrySettings.Insecure.HTTP;
                case "unverified" -> RegistrySettings.Insecure.UNVERIFIED;
                default -> throw reader.refuse(key, entry.getValue() + " is neither http (no TLS) nor unverified (TLS with any certificate)");
            });
        }
        return insecure;
    }

    private static void registry(ConfigReader reader, String key, String name) throws BootException {
        if (!REGISTRY.matcher(name).matches()) {
            throw reader.refuse(key, name + " is no registry; write it as docker.io, registry.example or 127.0.0.1:5000");
        }
    }

    private static List<Path> authorities(ConfigReader reader) throws BootException {
        List<Path> files = new ArrayList<>();
        for (var entry : reader.texts("registries.authorities").entrySet()) {
            Path file = Path.of(entry.getValue());
            if (!file.isAbsolute() || !Files.isReadable(file)) {
                throw reader.refuse("registries.authorities." + entry.getKey(), file + " cannot be read; write the absolute path of a file of certificates in PEM");
            }
            files.add(file);
        }
        return files;
    }
}
