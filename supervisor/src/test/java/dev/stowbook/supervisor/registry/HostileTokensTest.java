package dev.stowbook.supervisor.registry;

import static dev.stowbook.supervisor.registry.Clients.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Token servers, mirrors and whoever else is asked besides the registry, on a bad day. */
class HostileTokensTest {
    private static final String BLOB = "/v2/app/blobs/";

    private HostileRegistry registry;
    private RegistryClient client;
    private final byte[] layer = new byte[300_000];

    @BeforeEach
    void start() throws Exception {
        registry = new HostileRegistry();
        client = Clients.plain(registry.host());
        new Random(7).nextBytes(layer);
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
    }

    private void wantsToken(String realm) {
        registry.on(BLOB + Digest.of(layer), exchange -> {
            if (exchange.getRequestHeaders().containsKey("Authorization")) {
                HostileRegistry.send(exchange, 200, layer);
            } else {
                challenge(exchange, realm);
            }
        });
    }

    private static void challenge(HttpExchange exchange, String realm) throws IOException {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"" + realm + "\",service=\"s\"");
        exchange.sendResponseHeaders(401, -1);
    }

    private Descriptor blob() {
        return new Descriptor("application/vnd.oci.image.layer.v1.tar", Digest.of(layer), layer.length);
    }

    private byte[] read(Repository repository) throws RegistryException, IOException {
        try (InputStream in = repository.blob(blob())) {
            return in.readAllBytes();
        }
    }

    @Test
    void aTokenServerThatIsDownForAMomentIsAskedAgain() throws Exception {
        wantsToken("http://" + registry.host() + "/token");
        AtomicInteger round = new AtomicInteger();
        registry.on("/token", exchange -> {
            if (round.getAndIncrement() == 0) {
                exchange.sendResponseHeaders(503, -1);
            } else {
                HostileRegistry.send(exchange, 200, bytes("{\"token\":\"t\"}"));
            }
        });
        assertArrayEquals(layer, read(Clients.pulling(client, registry.host() + "/app")));
        assertEquals(2, round.get());
    }

    @Test
    void tokensThatHaveExpiredAreForgotten() throws Exception {
        registry.on("/token", exchange -> HostileRegistry.send(exchange, 200, bytes("{\"token\":\"t\",\"expires_in\":" + Long.MAX_VALUE + "}")));
        RegistrySettings settings = Clients.settings(Map.of(registry.host(), RegistrySettings.Insecure.HTTP), List.of());
        Endpoint endpoint = Endpoint.itself(registry.host(), settings);
        Challenge challenge = Challenge.parse(List.of("Bearer realm=\"http://" + registry.host() + "/token\"")).getFirst();
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        try (Connections connections = new Connections(settings, Map.of(), "test")) {
            Tokens tokens = new Tokens(connections, settings, now::get);
            for (String scope : List.of("one", "two", "three")) {
                assertEquals("t", tokens.token(endpoint, challenge, scope, Optional.empty(), Optional.empty()));
            }
            assertEquals(3, tokens.count());
            now.set(Instant.EPOCH.plus(Duration.ofDays(2)));
            tokens.token(endpoint, challenge, "four", Optional.empty(), Optional.empty());
            assertEquals(1, tokens.count());
        }
    }

    @Test
    void aTokenServerThatIsNotThereIsNamedAndNotTheRegistry() throws Exception {
        wantsToken("http://127.0.0.1:1/token");
        try (RegistryClient both = Clients.open(Clients.settings(
                Map.of(registry.host(), RegistrySettings.Insecure.HTTP, "127.0.0.1:1", RegistrySettings.Insecure.HTTP), List.of()))) {
            Repository repository = Clients.pulling(both, registry.host() + "/app");
            RegistryException failure = assertThrows(RegistryException.class, () -> read(repository));
            assertEquals(ErrorCode.UNAVAILABLE, failure.code());
            assertTrue(failure.getMessage().startsWith("127.0.0.1:1, where registry " + registry.host()
                    + " sends requests, cannot be reached at 127.0.0.1:1: the connection was refused"), failure.getMessage());
        }
    }

    @Test
    void ofSeveralThatAreRefusedAtOnceOneFetchesTheTokenForAll() throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        registry.on("/token", exchange -> {
            tokens.incrementAndGet();
            HostileRegistry.send(exchange, 200, bytes("{\"token\":\"t\"}"));
        });
        registry.on(BLOB + Digest.of(layer), exchange -> {
            if (exchange.getRequestHeaders().containsKey("Authorization")) {
                HostileRegistry.send(exchange, 200, layer);
                return;
            }
            both.countDown();
            awaited(both);
            challenge(exchange, "http://" + registry.host() + "/token");
        });
        try (RegistryClient patient = Clients.open(new RegistrySettings(
                Map.of(), Map.of(registry.host(), RegistrySettings.Insecure.HTTP), List.of(), Optional.empty(), RegistrySettings.Limits.defaults(), 3, 3, 1,
                Duration.ofSeconds(90)))) {
            Repository repository = Clients.pulling(patient, registry.host() + "/app");
            List<CompletableFuture<byte[]>> readers = List.of(reader(repository), reader(repository));
            for (CompletableFuture<byte[]> reader : readers) {
                assertArrayEquals(layer, reader.get(120, TimeUnit.SECONDS));
            }
        }
        assertEquals(1, tokens.get());
    }

    private CompletableFuture<byte[]> reader(Repository repository) {
        CompletableFuture<byte[]> read = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                read.complete(read(repository));
            } catch (RegistryException | IOException | RuntimeException e) {
                read.completeExceptionally(e);
            }
        });
        return read;
    }

    @Test
    void aRegistryMayNameTheHourInsteadOfTheSeconds() throws Exception {
        AtomicReference<Instant> hour = new AtomicReference<>();
        AtomicReference<Instant> again = new AtomicReference<>();
        registry.on(BLOB + Digest.of(layer), exchange -> {
            if (hour.get() == null) {
                hour.set(Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3));
                exchange.getResponseHeaders().set("Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(hour.get().atOffset(ZoneOffset.UTC)));
                exchange.sendResponseHeaders(503, -1);
            } else {
                again.set(Instant.now());
                HostileRegistry.send(exchange, 200, layer);
            }
        });
        assertArrayEquals(layer, read(Clients.pulling(client, registry.host() + "/app")));
        assertFalse(again.get().isBefore(hour.get()), again + " is before " + hour);
    }

    @Test
    void whereTheMirrorsFailedAsWellIsSaid() throws Exception {
        try (RegistryClient mirrored = Clients.mirrored(
                registry.host(), List.of("http://127.0.0.1:1"), Map.of(registry.host(), RegistrySettings.Insecure.HTTP))) {
            Repository repository = Clients.pulling(mirrored, registry.host() + "/app");
            RegistryException failure = assertThrows(RegistryException.class, () -> read(repository));
            assertEquals(ErrorCode.NOT_FOUND, failure.code());
            assertTrue(failure.getMessage().contains("registry " + registry.host() + " has no ")
                    && failure.getMessage().contains("before that its mirrors failed: registry 127.0.0.1:1 cannot be reached"), failure.getMessage());
        }
    }

    @Test
    void whatAMirrorBreaksOffTheRegistryItselfGoesOnWith() throws Exception {
        AtomicReference<String> range = new AtomicReference<>("");
        registry.on(BLOB + Digest.of(layer), exchange -> {
            range.set(exchange.getRequestHeaders().getFirst("Range"));
            int from = Integer.parseInt(range.get().replaceAll("bytes=([0-9]+)-.*", "$1"));
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (layer.length - 1) + "/" + layer.length);
            exchange.sendResponseHeaders(206, layer.length - from);
            exchange.getResponseBody().write(layer, from, layer.length - from);
        });
        try (HostileRegistry mirror = new HostileRegistry();
                RegistryClient mirrored = Clients.mirrored(
                        registry.host(), List.of("http://" + mirror.host()), Map.of(registry.host(), RegistrySettings.Insecure.HTTP))) {
            AtomicInteger round = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            mirror.on(BLOB + Digest.of(layer), exchange -> {
                if (round.getAndIncrement() == 0) {
                    exchange.sendResponseHeaders(200, layer.length);
                    exchange.getResponseBody().write(layer, 0, 100_000);
                    exchange.getResponseBody().flush();
                    awaited(begun); // what is on its way when a line breaks may be lost, all of it
                } else {
                    exchange.sendResponseHeaders(404, -1);
                }
            });
            try (InputStream in = Clients.pulling(mirrored, registry.host() + "/app").blob(blob())) {
                assertEquals(layer[0], (byte) in.read());
                begun.countDown();
                assertArrayEquals(Arrays.copyOfRange(layer, 1, layer.length), in.readAllBytes());
            }
            assertTrue(range.get().startsWith("bytes="), range.get());
        }
    }

    private static void awaited(CountDownLatch latch) throws IOException {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS), "it did not come");
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
