package dev.stowbook.supervisor.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Bearer tokens, fetched from the token server that a registry names and kept until they expire (distribution/docs: "Token Authentication
 * Specification", "OAuth2 Token Authentication").
 */
final class Tokens {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LEAST_LIFE = Duration.ofSeconds(60);
    private static final Duration MOST_LIFE = Duration.ofDays(1);
    private static final Duration MARGIN = Duration.ofSeconds(5);
    private static final int MOST_BYTES = 1 << 20;

    private final Connections connections;
    private final RegistrySettings settings;
    private final InstantSource clock;
    private final Map<Key, Token> kept = new ConcurrentHashMap<>();

    /** The credential is part of it: what one user may, another may not. */
    private record Key(String realm, String service, String scope, Optional<Credential> credential) {}

    private record Token(String text, Instant until) {}

    Tokens(Connections connections, RegistrySettings settings, InstantSource clock) {
        this.connections = connections;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * A token for some scope.
     *
     * @param refused one that the registry does not take any more: it is not given again
     */
    String token(Endpoint endpoint, Challenge challenge, String scope, Optional<Credential> credential, Optional<String> refused)
            throws RegistryException, InterruptedException {
        Key key = new Key(challenge.parameter("realm"), challenge.parameter("service"), scope, credential);
        Token known = kept.get(key);
        if (known != null && clock.instant().isBefore(known.until()) && !refused.equals(Optional.of(known.text()))) {
            return known.text();
        }
        Token fresh = fetch(endpoint, key);
        kept.values().removeIf(token -> !clock.instant().isBefore(token.until())); // their keys hold logins
        kept.put(key, fresh);
        return fresh.text();
    }

    /** How many are kept. */
    int count() {
        return kept.size();
    }

    /** A token server may have a bad moment as well as a registry. */
    private Token fetch(Endpoint endpoint, Key key) throws RegistryException, InterruptedException {
        URI realm = realm(endpoint, key);
        Backoff backoff = new Backoff(settings.attempts());
        while (true) {
            try {
                HttpResponse<InputStream> response = ask(endpoint, realm, key);
                try (InputStream body = response.body()) {
                    if (response.statusCode() == 200) {
                        return read(endpoint, body.readNBytes(MOST_BYTES));
                    }
                }
                if (!Requests.isMomentary(response.statusCode()) || !backoff.again(response.headers().firstValue("Retry-After"))) {
                    throw refused(endpoint, realm, response, key);
                }
            } catch (IOException e) {
                if (Requests.isForGood(e) || !backoff.again(Optional.empty())) {
                    throw Sentences.broken(endpoint, realm, e);
                }
            }
        }
    }

    private HttpResponse<InputStream> ask(Endpoint endpoint, URI realm, Key key) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder();
        URI address = realm;
        if (key.credential().map(Credential::identityToken).orElse(false)) {
            String form = form(List.of(
                    field("client_id", "stowbook"), field("grant_type", "refresh_token"), field("refresh_token", key.credential().get().secret()),
                    field("scope", key.scope()), field("service", key.service())));
            request.header("Content-Type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form));
        } else {
            key.credential().ifPresent(login -> request.header("Authorization", Authorization.basic(login)));
            // In an address each scope is a field of its own; in OAuth2's form they are words of one.
            List<String> fields = new ArrayList<>(Stream.of(key.scope().split(" ")).map(scope -> field("scope", scope)).toList());
            fields.add(field("service", key.service()));
            address = URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + form(fields));
        }
        boolean unverified = connections.insecure(realm)
                .or(() -> endpoint.owns(realm) ? endpoint.insecure() : Optional.empty())
                .equals(Optional.of(RegistrySettings.Insecure.UNVERIFIED));
        return connections.send(request, address, unverified, 1);
    }

    /** A login goes over TLS, unless the operator said that this very host may do without. */
    private URI realm(Endpoint endpoint, Key key) throws RegistryException {
        try {
            URI realm = URI.create(key.realm());
            boolean plainAllowed = endpoint.owns(realm) || connections.insecure(realm).equals(Optional.of(RegistrySettings.Insecure.HTTP));
            if (realm.getHost() != null && ("https".equals(realm.getScheme()) || "http".equals(realm.getScheme()) && plainAllowed)) {
                return realm;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new RegistryException(ErrorCode.DENIED, "registry " + endpoint.registry() + " sends logins to \"" + Sentences.printable(key.realm())
                + "\", which is no https address; nothing was sent there (registries.insecure of the configuration could allow it)");
    }

    private static RegistryException refused(Endpoint endpoint, URI realm, HttpResponse<?> response, Key key) {
        int status = response.statusCode();
        if (status == 401 || status == 403 || status == 400 && key.credential().isPresent()) {
            return Sentences.denied(endpoint, key.credential(), "the token server " + realm.getHost() + " refused it with status " + status);
        }
        return new RegistryException(ErrorCode.UNAVAILABLE, "the token server " + realm.getHost() + " of registry " + endpoint.registry()
                + " answered with status " + status + ": try again later");
    }

    private Token read(Endpoint endpoint, byte[] body) throws RegistryException {
        try {
            JsonNode answer = JSON.readTree(body);
            String text = answer.path("token").asText(answer.path("access_token").asText(""));
            Duration life = Duration.ofSeconds(
                    Math.clamp(answer.path("expires_in").asLong(0), LEAST_LIFE.toSeconds(), MOST_LIFE.toSeconds()));
            if (!text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 127)) {
                return new Token(text, clock.instant().plus(life).minus(MARGIN));
            }
        } catch (IOException e) {
            // told below, without the text
        }
        throw new RegistryException(ErrorCode.UNAVAILABLE, "the token server of registry " + endpoint.registry() + " gave no token");
    }

    private static String field(String name, String value) {
        return value.isEmpty() ? "" : name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static String form(List<String> fields) {
        return fields.stream().filter(field -> !field.isEmpty()).collect(Collectors.joining("&"));
    }
}
