package dev.stowbook.supervisor.credentials;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What a key of {@code auths} speaks of. An address ({@code https://host/v1/}) and a host with or without the version of its API
 * ({@code host/v2/}) speak of the whole registry, as Docker has it; {@code host/namespace} speaks of what lies below that, as
 * containers-auth.json(5) has it.
 *
 * @param registry {@code docker.io}, {@code host:port}
 * @param path {@code team/app}; empty for the whole registry
 */
record CredentialKey(String registry, String path) {
    static final String HUB = "docker.io";

    static CredentialKey parse(String key) {
        String bare = key.replaceFirst("^https?://", "");
        int slash = bare.indexOf('/');
        String host = (slash < 0 ? bare : bare.substring(0, slash)).toLowerCase(Locale.ROOT);
        String path = slash < 0 || !bare.equals(key) ? "" : bare.substring(slash + 1).replaceFirst("/+$", "");
        boolean hub = host.equals("index.docker.io") || host.equals("registry-1.docker.io");
        return new CredentialKey(hub ? HUB : host, path.matches("v[12]") ? "" : path);
    }

    /** The keys that speak of a registry as a whole, the plainest first. */
    static List<String> ofRegistry(Collection<String> keys, String registry) {
        return keys.stream()
                .filter(key -> parse(key).equals(new CredentialKey(registry, "")))
                .sorted(Comparator.comparing((String key) -> !key.equals(registry)))
                .toList();
    }

    /** The keys that speak of a part of a registry in which a repository lies, the nearest first. */
    static List<String> ofParts(Collection<String> keys, String registry, String path) {
        return keys.stream()
                .filter(key -> !parse(key).path().isEmpty() && parse(key).registry().equals(registry) && (path + "/").startsWith(parse(key).path() + "/"))
                .sorted(Comparator.comparingInt((String key) -> parse(key).path().length()).reversed())
                .toList();
    }
}
