package dev.stowbook.supervisor.registry;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A place that answers for a registry: itself, or a mirror of it.
 *
 * @param registry what people and {@code config.json} call it: {@code docker.io}, {@code host:port}
 * @param root scheme, host and port
 * @param insecure what the operator allows with it
 */
record Endpoint(String registry, URI root, Optional<RegistrySettings.Insecure> insecure) {
    private static final String HUB = "docker.io";
    private static final String HUB_HOST = "registry-1.docker.io";

    /** Where a registry's content is looked for: at its mirrors, then at itself. */
    static List<Endpoint> of(String registry, RegistrySettings settings) {
        List<Endpoint> places = new ArrayList<>();
        for (URI mirror : settings.mirrors().getOrDefault(registry, List.of())) {
            places.add(of(mirror.getRawAuthority(), mirror.getScheme(), mirror.getRawAuthority(), settings));
        }
        places.add(itself(registry, settings));
        return places;
    }

    /** The registry itself: the only one that is pushed to. */
    static Endpoint itself(String registry, RegistrySettings settings) {
        boolean plain = settings.insecure().get(registry) == RegistrySettings.Insecure.HTTP;
        return of(registry, plain ? "http" : "https", registry.equals(HUB) ? HUB_HOST : registry, settings);
    }

    private static Endpoint of(String registry, String scheme, String authority, RegistrySettings settings) {
        return new Endpoint(registry, URI.create(scheme + "://" + authority), Optional.ofNullable(settings.insecure().get(registry)));
    }

    /** An address below {@code /v2/}. */
    URI at(String path) {
        return URI.create(root + "/v2/" + path);
    }

    boolean unverified() {
        return insecure.equals(Optional.of(RegistrySettings.Insecure.UNVERIFIED));
    }

    /** Whether an address is at this place: same scheme, host and port. */
    boolean owns(URI address) {
        return sameOrigin(root, address);
    }

    static boolean sameOrigin(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(String.valueOf(other.getScheme()))
                && String.valueOf(one.getHost()).equalsIgnoreCase(String.valueOf(other.getHost()))
                && port(one) == port(other);
    }

    private static int port(URI address) {
        return address.getPort() >= 0 ? address.getPort() : address.getScheme().equalsIgnoreCase("http") ? 80 : 443;
    }
}
