package dev.stowbook.supervisor.registry;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How registries are used, as the operator set it.
 *
 * @param mirrors by registry ({@code docker.io}, {@code host:port}): where to look first, in that order
 * @param insecure by registry or mirror: how far it is trusted without a verified certificate
 * @param authorities files of further certificates to trust, PEM
 * @param credentials Docker's {@code config.json} that logins are read from
 * @param limits what is refused for its size
 * @param parallelDownloads layers of one pull that are fetched side by side
 * @param parallelUploads layers of one push that are sent side by side
 * @param attempts how often a request is tried before it fails
 * @param patience how long a connection may be silent
 */
public record RegistrySettings(
        Map<String, List<URI>> mirrors,
        Map<String, Insecure> insecure,
        List<Path> authorities,
        Optional<Path> credentials,
        Limits limits,
        int parallelDownloads,
        int parallelUploads,
        int attempts,
        Duration patience) {
    public RegistrySettings {
        mirrors = Map.copyOf(mirrors);
        insecure = Map.copyOf(insecure);
        authorities = List.copyOf(authorities);
    }

    /** What an operator may let go. */
    public enum Insecure {
        /** No TLS. */
        HTTP,
        /** TLS with a certificate of anybody's. */
        UNVERIFIED
    }

    /**
     * What a registry may offer.
     *
     * @param manifestBytes the largest manifest, index or configuration
     * @param layers of an image
     * @param layerBytes the largest layer, as it comes
     */
    public record Limits(long manifestBytes, int layers, long layerBytes) {
        public static Limits defaults() {
            return new Limits(4 << 20, 128, 64L << 30);
        }
    }

    public static RegistrySettings defaults() {
        return new RegistrySettings(
                Map.of(), Map.of(), List.of(), Optional.empty(), Limits.defaults(), 3, 3, 5, Duration.ofSeconds(30));
    }
}
