package dev.stowbook.supervisor.registry;

import static dev.stowbook.supervisor.registry.Clients.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What registries do to those who push. */
class HostileUploadTest {
    private static final String UPLOADS = "/v2/app/blobs/uploads/";

    private HostileRegistry registry;
    private RegistryClient client;
    private final byte[] layer = new byte[300_000];
    private final List<byte[]> taken = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() throws Exception {
        registry = new HostileRegistry();
        client = Clients.plain(registry.host());
        new Random(7).nextBytes(layer);
        registry.on(UPLOADS, exchange -> {
            exchange.getResponseHeaders().set("Location", "/session");
            exchange.sendResponseHeaders(202, -1);
        });
        registry.on("/session", this::session);
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
    }

    private void session(HttpExchange exchange) throws IOException {
        taken.add(exchange.getRequestBody().readAllBytes());
        exchange.getResponseHeaders().set("Location", "/session?next=1");
        exchange.sendResponseHeaders(exchange.getRequestMethod().equals("PUT") ? 201 : 202, -1);
    }

    private Repository pushing() throws RegistryException {
        return Clients.pushing(client, registry.host() + "/app");
    }

    private void assertSent(Descriptor sent) {
        assertEquals(Digest.of(layer), sent.digest());
        assertEquals(layer.length, sent.sizeBytes());
        assertTrue(registry.seen().getLast().path().endsWith("?next=1&digest=" + Digest.of(layer)), registry.seen().toString());
    }

    @Test
    void anUploadThatTakesLongerThanAnySilenceMayIsNotCutOffWhileItMoves() throws Exception {
        Supplier<InputStream> slow = () -> new FilterInputStream(new ByteArrayInputStream(layer)) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                try {
                    Thread.sleep(200); // sixteen of them are longer than the two seconds that nothing may move
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return super.read(bytes, offset, Math.min(length, layer.length / 15));
            }
        };
        RegistrySettings plain = client.settings();
        try (RegistryClient hasty = Clients.open(new RegistrySettings(
                Map.of(), plain.insecure(), List.of(), Optional.empty(), plain.limits(), 3, 3, 5, Duration.ofSeconds(2)))) {
            assertSent(Clients.pushing(hasty, registry.host() + "/app").upload(slow, PushManifest.LAYER));
        }
    }

    @Test
    void aRegistryThatTakesNothingMoreIsGivenUp() throws Exception {
        registry.on("/session", exchange -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        RegistrySettings plain = client.settings();
        try (RegistryClient hasty = Clients.open(new RegistrySettings(
                Map.of(), plain.insecure(), List.of(), Optional.empty(), plain.limits(), 3, 3, 1, Duration.ofSeconds(1)))) {
            Repository repository = Clients.pushing(hasty, registry.host() + "/app");
            RegistryException failure =
                    assertThrows(RegistryException.class, () -> repository.upload(() -> new ByteArrayInputStream(layer), PushManifest.LAYER));
            assertEquals(ErrorCode.UNAVAILABLE, failure.code());
            assertTrue(failure.getMessage().contains("it did not answer in time"), failure.getMessage());
        }
    }

    @Test
    void aLayerWhoseTokenExpiredOnTheWayIsSentAnewFromItsBeginning() throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        registry.on("/token", exchange -> HostileRegistry.send(exchange, 200, bytes("{\"token\":\"t" + tokens.incrementAndGet() + "\"}")));
        registry.on("/session", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if ("Bearer t1".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                taken.add(body);
                session(exchange);
            } else {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
                exchange.sendResponseHeaders(401, -1);
            }
        });
        assertSent(pushing().upload(() -> new ByteArrayInputStream(layer), PushManifest.LAYER));
        assertArrayEquals(layer, taken.getFirst());
    }

    @Test
    void aSmallBlobIsSentAgainIfTheRegistryHadABadMoment() throws Exception {
        AtomicInteger round = new AtomicInteger();
        registry.on("/session", exchange -> {
            if (round.getAndIncrement() == 0) {
                exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(503, -1);
            } else {
                session(exchange);
            }
        });
        pushing().upload(layer);
        assertArrayEquals(layer, taken.getFirst());
        assertEquals(2, registry.count("POST", UPLOADS));
    }

    @Test
    void anUploadIsFollowedToWhereItIsSentWithItsBodyButWithoutTheLogin() throws Exception {
        try (HostileRegistry other = new HostileRegistry()) {
            registry.on("/session", exchange -> {
                exchange.getRequestBody().readAllBytes();
                exchange.getResponseHeaders().set("Location", "http://" + other.host() + "/elsewhere");
                exchange.sendResponseHeaders(307, -1);
            });
            other.on("/elsewhere", this::session);
            Repository repository = client.pushing(
                    ImageReference.parse(registry.host() + "/app"), Optional.of(Credential.login("ann", "secret")), List.of());
            repository.upload(layer);
            assertArrayEquals(layer, taken.getFirst());
            assertEquals(List.of(""), other.seen().stream().map(HostileRegistry.Seen::authorization).toList());
        }
    }

    @Test
    void aTokenForSeveralRepositoriesIsAskedForOneByOne() throws Exception {
        registry.on("/token", exchange -> HostileRegistry.send(exchange, 200, bytes("{\"token\":\"t\"}")));
        registry.on("/v2/app/blobs/" + Digest.of(layer), exchange -> {
            boolean knows = exchange.getRequestHeaders().containsKey("Authorization");
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
            exchange.sendResponseHeaders(knows ? 200 : 401, -1);
        });
        Repository repository = client.pushing(ImageReference.parse(registry.host() + "/app"), Optional.empty(), List.of("base", "app", "other"));
        assertTrue(repository.has(Digest.of(layer)));
        String asked = registry.seen().stream().map(HostileRegistry.Seen::path).filter(path -> path.startsWith("/token")).findFirst().orElseThrow();
        assertEquals("/token?scope=repository%3Aapp%3Apull%2Cpush&scope=repository%3Abase%3Apull&scope=repository%3Aother%3Apull&service=s", asked);
    }

    @Test
    void aRegistryBehindAProxyThatForgetsAboutTlsIsNotFollowedOutOfIt(@TempDir Path scratch) throws Exception {
        try (DockerRegistry forgetful = DockerRegistry.withTlsAt(scratch.resolve("registry"), "http://registry.stowbook-test.example");
                RegistryClient trusting = Clients.open(Clients.settings(Map.of(), List.of(forgetful.authority())))) {
            Repository repository = Clients.pushing(trusting, forgetful.host() + "/app");
            RegistryException failure = assertThrows(RegistryException.class, () -> repository.upload(layer));
            assertEquals(ErrorCode.INVALID, failure.code());
            assertTrue(failure.getMessage().contains("points to http://registry.stowbook-test.example without TLS")
                    && failure.getMessage().contains("X-Forwarded-Proto"), failure.getMessage());
        }
    }
}
