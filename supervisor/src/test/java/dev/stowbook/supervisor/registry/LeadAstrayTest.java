package dev.stowbook.supervisor.registry;

import static dev.stowbook.supervisor.registry.Clients.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Registries that send somebody elsewhere, or something else than what was asked for. */
@Timeout(300)
class LeadAstrayTest {
    private static final Platform AMD64 = new Platform("linux", "amd64", "");
    private static final String PASSWORD = "stowbook-test";

    @TempDir
    Path scratch;

    private HostileRegistry registry;
    private HostileRegistry other;
    private final byte[] layer = new byte[300_000];
    private final Progress progress = new Progress();

    @BeforeEach
    void start() throws Exception {
        registry = new HostileRegistry();
        other = new HostileRegistry();
        new Random(11).nextBytes(layer);
    }

    @AfterEach
    void stop() {
        registry.close();
        other.close();
    }

    /** How many bytes of a blob its reader has; a server that breaks a line off waits for them, since what is on its way may be lost. */
    private static final class Progress {
        private int bytes;

        synchronized void reached(int count) {
            bytes = count;
            notifyAll();
        }

        synchronized void await(int count) throws IOException {
            try {
                while (bytes < count) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw new IOException("the test is over", e);
            }
        }
    }

    private Descriptor descriptor() {
        return new Descriptor("application/vnd.oci.image.layer.v1.tar", Digest.of(layer), layer.length);
    }

    private byte[] read(Repository repository) throws RegistryException, IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[8192];
        try (InputStream in = repository.blob(descriptor())) {
            for (int got = in.read(some); got >= 0; got = in.read(some)) {
                all.write(some, 0, got);
                progress.reached(all.size());
            }
        }
        return all.toByteArray();
    }

    private static void redirect(HttpExchange exchange, String to) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Location", to);
        exchange.sendResponseHeaders(307, -1);
    }

    private static void contains(RegistryException failure, ErrorCode code, String... parts) {
        assertEquals(code, failure.code(), failure.getMessage());
        for (String part : parts) {
            assertTrue(failure.getMessage().contains(part), failure.getMessage());
        }
    }

    /** A registry with TLS and a certificate that nobody vouches for. It sends every blob's reader to an address. */
    private final class Secured implements AutoCloseable {
        private final HttpsServer server;
        private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

        Secured(String location) throws Exception {
            Path store = scratch.resolve("store" + System.nanoTime());
            DockerRegistry.run("sh", "-ec", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=stowbook-test"
                    + " -addext subjectAltName=IP:127.0.0.1 -keyout $0.key -out $0.pem && openssl pkcs12 -export -in $0.pem -inkey $0.key -out $0 -passout pass:" + PASSWORD,
                    store.toString());
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, PASSWORD.toCharArray());
            }
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keys, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(factory.getKeyManagers(), null, null);
            server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
            server.createContext("/", exchange -> {
                try (exchange) {
                    seen.add(exchange.getRequestURI().toString());
                    if (location.isEmpty()) {
                        HostileRegistry.send(exchange, 200, layer);
                    } else {
                        redirect(exchange, location);
                    }
                }
            });
            server.start();
        }

        String host() {
            return "127.0.0.1:" + server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    private static RegistryClient unverified(String... hosts) throws RegistryException {
        Map<String, RegistrySettings.Insecure> insecure = new HashMap<>();
        for (String host : hosts) {
            insecure.put(host, RegistrySettings.Insecure.UNVERIFIED);
        }
        return Clients.open(Clients.settings(insecure, List.of()));
    }

    @Test
    void fromTlsNobodyIsLedToAPlaceWithoutIt() throws Exception {
        other.on("/elsewhere", exchange -> HostileRegistry.send(exchange, 200, layer));
        try (Secured secured = new Secured("http://" + other.host() + "/elsewhere");
                RegistryClient client = unverified(secured.host())) {
            Repository repository = Clients.pulling(client, secured.host() + "/app");
            contains(assertThrows(RegistryException.class, () -> read(repository)), ErrorCode.INVALID, "without TLS", "not followed");
            assertEquals(List.of(), other.seen());
        }
    }

    /** That one registry's certificate is not looked at is said of that registry, and not of where it sends its clients. */
    @Test
    void whoeverIsTrustedWithoutACertificateDoesNotVouchForAnother() throws Exception {
        try (Secured elsewhere = new Secured("");
                Secured secured = new Secured("https://" + elsewhere.host() + "/elsewhere");
                RegistryClient client = unverified(secured.host());
                RegistryClient both = unverified(secured.host(), elsewhere.host())) {
            Repository repository = Clients.pulling(client, secured.host() + "/app");
            contains(assertThrows(RegistryException.class, () -> read(repository)), ErrorCode.UNAVAILABLE);
            assertEquals(List.of(), elsewhere.seen, "nothing was asked of somebody unknown");
            assertEquals(1, secured.seen.size(), "a bad certificate is as bad the next time");
            Repository direct = Clients.pulling(both, elsewhere.host() + "/app");
            assertArrayEquals(layer, read(direct), "named itself it is trusted");
        }
    }

    @Test
    void addressesThatAreNoneOfTheWebAreNotFollowed() throws Exception {
        try (RegistryClient client = Clients.plain(registry.host())) {
            for (String address : List.of("file:///etc/passwd", "ftp://" + other.host() + "/x", "jar:file:/x!/y", "", "http:///x", "http://exa mple/")) {
                registry.blob("app", Digest.of(layer), exchange -> redirect(exchange, address));
                Repository repository = Clients.pulling(client, registry.host() + "/app");
                contains(assertThrows(RegistryException.class, () -> read(repository), address), ErrorCode.INVALID, "which is no address");
            }
        }
        assertEquals(List.of(), other.seen());
    }

    /** RFC 9110, section 15.4.3: such an answer would turn the request into another. */
    @Test
    void aRequestThatChangesSomethingIsNotMadeAnotherByARedirect() throws Exception {
        registry.on("/v2/app/blobs/uploads/", exchange -> {
            exchange.getResponseHeaders().set("Location", "http://" + other.host() + "/v2/app/blobs/uploads/");
            exchange.sendResponseHeaders(302, -1);
        });
        try (RegistryClient client = Clients.plain(registry.host())) {
            Repository repository = Clients.pushing(client, registry.host() + "/app");
            assertThrows(RegistryException.class, () -> repository.upload(bytes("content")));
        }
        assertEquals(List.of(), other.seen());
    }

    /** Two who use one daemon may not do the same, and neither may who has not said who it is. */
    @Test
    void aTokenOfOneUserIsNotUsedForAnother() throws Exception {
        byte[] config = bytes("{}");
        registry.on("/token", exchange -> {
            String login = exchange.getRequestHeaders().getFirst("Authorization");
            String user = login == null ? "nobody" : new String(Base64.getDecoder().decode(login.substring("Basic ".length()))).split(":")[0];
            HostileRegistry.send(exchange, 200, bytes("{\"token\":\"of-" + user + "\",\"expires_in\":3600}"));
        });
        List<String> tokens = Collections.synchronizedList(new ArrayList<>());
        registry.blob("app", Digest.of(config), exchange -> {
            String token = exchange.getRequestHeaders().getFirst("Authorization");
            if (token == null) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
                exchange.sendResponseHeaders(401, -1);
            } else {
                tokens.add(token);
                HostileRegistry.send(exchange, 200, config);
            }
        });
        Descriptor wanted = new Descriptor("c", Digest.of(config), config.length);
        try (RegistryClient client = Clients.plain(registry.host())) {
            for (int round = 0; round < 2; round++) {
                Clients.pulling(client, registry.host() + "/app", Credential.login("ann", "a")).document(wanted);
                Clients.pulling(client, registry.host() + "/app", Credential.login("bob", "b")).document(wanted);
                Clients.pulling(client, registry.host() + "/app").document(wanted);
            }
        }
        List<String> each = List.of("Bearer of-ann", "Bearer of-bob", "Bearer of-nobody");
        assertEquals(Stream.concat(each.stream(), each.stream()).toList(), tokens);
        assertEquals(3, registry.seen().stream().filter(request -> request.path().startsWith("/token")).count(), "each was kept for who it is of");
    }

    /** A token says what may be done with it: who may pull from one repository has not been asked about another. */
    @Test
    void aTokenIsUsedForNothingButWhatItWasAskedFor() throws Exception {
        byte[] config = bytes("{}");
        registry.on("/token", exchange -> {
            String scope = exchange.getRequestURI().getQuery().replaceAll(".*scope=([^&]*).*", "$1").replace(':', '-').replace(',', '+');
            HostileRegistry.send(exchange, 200, bytes("{\"token\":\"for-" + scope.replace('/', '-') + "\",\"expires_in\":3600}"));
        });
        List<String> tokens = Collections.synchronizedList(new ArrayList<>());
        for (String name : List.of("app", "team/app")) {
            registry.blob(name, Digest.of(config), exchange -> {
                String token = exchange.getRequestHeaders().getFirst("Authorization");
                if (token == null) {
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"");
                    exchange.sendResponseHeaders(401, -1);
                } else {
                    tokens.add(token);
                    HostileRegistry.send(exchange, 200, config);
                }
            });
        }
        Descriptor wanted = new Descriptor("c", Digest.of(config), config.length);
        try (RegistryClient client = Clients.plain(registry.host())) {
            Clients.pulling(client, registry.host() + "/app").document(wanted);
            Clients.pulling(client, registry.host() + "/team/app").document(wanted);
            Clients.pushing(client, registry.host() + "/app").document(wanted);
        }
        assertEquals(List.of("Bearer for-repository-app-pull", "Bearer for-repository-team-app-pull", "Bearer for-repository-app-pull+push"),
                tokens.stream().map(token -> token.replace("push+pull", "pull+push")).toList());
    }

    @Test
    void anIdentityTokenIsNoPassword() throws Exception {
        registry.blob("app", Digest.of(layer), exchange -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"give\"");
            exchange.sendResponseHeaders(401, -1);
        });
        try (RegistryClient client = Clients.plain(registry.host())) {
            Repository repository = Clients.pulling(client, registry.host() + "/app", Credential.token("refresh-me"));
            contains(assertThrows(RegistryException.class, () -> read(repository)), ErrorCode.DENIED);
        }
        assertTrue(registry.seen().stream().allMatch(request -> request.authorization().isEmpty()), registry.seen().toString());
    }

    private static int from(HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=([0-9]+)-.*", "$1"));
    }

    /** Sends 100,000 bytes and breaks off; who then asks for the rest is given what begins so many bytes off. */
    private void answersFromElsewhere(int shift, List<String> encodings) {
        registry.blob("app", Digest.of(layer), exchange -> {
            encodings.add(String.valueOf(exchange.getRequestHeaders().getFirst("Accept-Encoding")));
            int from = from(exchange);
            if (from == 0) {
                exchange.sendResponseHeaders(200, layer.length);
                exchange.getResponseBody().write(layer, 0, 100_000);
                exchange.getResponseBody().flush();
                progress.await(100_000);
                return;
            }
            int begin = from + shift;
            exchange.getResponseHeaders().set("Content-Range", "bytes " + begin + "-" + (layer.length - 1) + "/" + layer.length);
            exchange.sendResponseHeaders(206, layer.length - begin);
            exchange.getResponseBody().write(layer, begin, layer.length - begin);
        });
    }

    @Test
    void aRangeThatBeginsEarlierIsReadFromWhereItWasWanted() throws Exception {
        List<String> encodings = Collections.synchronizedList(new ArrayList<>());
        answersFromElsewhere(-40_000, encodings);
        try (RegistryClient client = Clients.plain(registry.host())) {
            assertArrayEquals(layer, read(Clients.pulling(client, registry.host() + "/app")));
        }
        assertEquals(List.of("identity", "identity"), encodings, "compressed on its way it would have another digest");
    }

    @Test
    void aRangeThatBeginsLaterIsRefused() throws Exception {
        answersFromElsewhere(50_000, new ArrayList<>());
        try (RegistryClient client = Clients.plain(registry.host())) {
            Repository repository = Clients.pulling(client, registry.host() + "/app");
            IOException failure = assertThrows(IOException.class, () -> read(repository));
            contains(Repository.reason(failure), ErrorCode.INVALID, "answers a request from byte 100000 on with bytes from 150000 on");
        }
    }

    /** The first mirror that answers is taken, in the order in which they are named. */
    @Test
    void mirrorsAreAskedInTheirOrder() throws Exception {
        byte[] manifest = Clients.manifest(bytes("{}"), layer);
        registry.manifest("app", "latest", MediaTypes.OCI_MANIFEST, manifest);
        other.manifest("app", "latest", MediaTypes.OCI_MANIFEST, manifest);
        try (HostileRegistry second = new HostileRegistry();
                RegistryClient mirrored = Clients.mirrored(registry.host(), List.of("http://" + other.host(), "http://" + second.host()),
                        Map.of(registry.host(), RegistrySettings.Insecure.HTTP))) {
            second.manifest("app", "latest", MediaTypes.OCI_MANIFEST, manifest);
            Clients.pulling(mirrored, registry.host() + "/app").resolve(ImageReference.parse(registry.host() + "/app"), AMD64);
            assertEquals(1, other.seen().size());
            assertEquals(List.of(), second.seen());
            other.on("/v2/app/manifests/latest", exchange -> exchange.sendResponseHeaders(404, -1));
            Clients.pulling(mirrored, registry.host() + "/app").resolve(ImageReference.parse(registry.host() + "/app"), AMD64);
            assertEquals(1, second.seen().size());
            assertEquals(List.of(), registry.seen());
        }
    }
}
