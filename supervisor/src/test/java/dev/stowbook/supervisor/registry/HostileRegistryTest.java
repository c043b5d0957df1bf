package dev.stowbook.supervisor.registry;

import static dev.stowbook.supervisor.registry.Clients.bytes;
import static dev.stowbook.supervisor.registry.Clients.descriptor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a bad registry, or a bad line, can do to the client. */
@Timeout(300)
class HostileRegistryTest {
    private static final Platform AMD64 = new Platform("linux", "amd64", "");
    private static final byte[] CONFIG = bytes("{\"os\":\"linux\"}");

    private HostileRegistry registry;
    private RegistryClient client;
    private final byte[] layer = new byte[300_000];
    private final AtomicInteger taken = new AtomicInteger();

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

    private String name(String rest) {
        return registry.host() + "/" + rest;
    }

    private Repository repository() throws RegistryException {
        return Clients.pulling(client, name("app"));
    }

    private RegistryException refusedManifest(String type, byte[] manifest) throws RegistryException {
        registry.manifest("app", "latest", type, manifest);
        Repository repository = repository();
        return assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app")), AMD64));
    }

    private static void contains(RegistryException failure, ErrorCode code, String... parts) {
        assertEquals(code, failure.code(), failure.getMessage());
        for (String part : parts) {
            assertTrue(failure.getMessage().contains(part), failure.getMessage());
        }
    }

    private Descriptor layerDescriptor() {
        return new Descriptor("application/vnd.oci.image.layer.v1.tar", Digest.of(layer), layer.length);
    }

    private byte[] read(Descriptor blob) throws RegistryException, IOException {
        return read(repository(), blob);
    }

    private byte[] read(Repository repository, Descriptor blob) throws RegistryException, IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[8192];
        try (InputStream in = repository.blob(blob)) {
            for (int got = in.read(some); got >= 0; got = in.read(some)) {
                all.write(some, 0, got);
                synchronized (taken) {
                    taken.set(all.size());
                    taken.notifyAll();
                }
            }
        }
        return all.toByteArray();
    }

    private RegistryException damaged(Descriptor blob) {
        IOException failure = assertThrows(IOException.class, () -> read(blob));
        return Repository.reason(failure);
    }

    private static long from(HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        return range == null ? 0 : Long.parseLong(range.replaceAll("bytes=([0-9]+)-.*", "$1"));
    }

    /** Sends a part of what was asked for and breaks off, when that has been read: what is on its way when a line breaks may be lost. */
    private void cutOff(HttpExchange exchange, int most) throws IOException {
        int from = (int) from(exchange);
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (layer.length - 1) + "/" + layer.length);
        exchange.sendResponseHeaders(from == 0 ? 200 : 206, layer.length - from);
        int sent = Math.min(most, layer.length - from);
        exchange.getResponseBody().write(layer, from, sent);
        exchange.getResponseBody().flush();
        awaitTaken(from + sent);
    }

    private void awaitTaken(int bytes) throws IOException {
        synchronized (taken) {
            try {
                while (taken.get() < bytes) {
                    taken.wait();
                }
            } catch (InterruptedException e) {
                throw new IOException("the test is over", e);
            }
        }
    }

    @Test
    void aBlobWhoseLineBreaksIsTakenUpWhereItBroke() throws Exception {
        List<Long> begun = Collections.synchronizedList(new ArrayList<>());
        registry.blob("app", Digest.of(layer), exchange -> {
            begun.add(from(exchange));
            cutOff(exchange, 80_000);
        });
        assertArrayEquals(layer, read(layerDescriptor()));
        assertEquals(List.of(0L, 80_000L, 160_000L, 240_000L), begun);
    }

    @Test
    void aServerWithoutRangesIsReadAgainFromItsBeginning() throws Exception {
        AtomicInteger round = new AtomicInteger();
        registry.blob("app", Digest.of(layer), exchange -> {
            exchange.sendResponseHeaders(200, layer.length);
            exchange.getResponseBody().write(layer, 0, round.getAndIncrement() == 0 ? 100_000 : layer.length);
        });
        assertArrayEquals(layer, read(layerDescriptor()));
        assertEquals(2, round.get());
    }

    @Test
    void aRangeOfAnotherBlobIsNoticedByTheDigestOfTheWhole() throws Exception {
        byte last = layer[layer.length - 1];
        Descriptor asked = layerDescriptor();
        registry.blob("app", asked.digest(), exchange -> {
            if (from(exchange) > 0) {
                layer[layer.length - 1] = (byte) ~last;
            }
            cutOff(exchange, 200_000);
        });
        contains(damaged(asked), ErrorCode.INVALID, "has the digest", "damaged or forged");
    }

    @Test
    void aTruncatedBlobFailsAfterSomeAttemptsAndSaysHowFarItCame() throws Exception {
        registry.blob("app", Digest.of(layer), exchange -> cutOff(exchange, from(exchange) == 0 ? 1000 : 0));
        contains(damaged(layerDescriptor()), ErrorCode.UNAVAILABLE, "after 1000 of 300000 bytes", "try again");
    }

    @Test
    void aBlobThatIsLongerThanTheManifestSaysIsCutOff() throws Exception {
        registry.blob("app", Digest.of(layer), exchange -> HostileRegistry.send(exchange, 200, layer));
        contains(damaged(new Descriptor("t", Digest.of(layer), 1000)), ErrorCode.INVALID, "more than the 1000 bytes");
    }

    @Test
    void aBlobThatIsShorterThanTheManifestSaysIsTruncated() throws Exception {
        registry.blob("app", Digest.of(layer), exchange -> HostileRegistry.send(exchange, 200, layer));
        contains(damaged(new Descriptor("t", Digest.of(layer), layer.length + 5)), ErrorCode.UNAVAILABLE, "after 300000 of 300005 bytes");
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws Exception {
        registry.blob("app", Digest.of(layer), exchange -> {
            cutOff(exchange, 1000);
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        RegistrySettings s = Clients.settings(Map.of(registry.host(), RegistrySettings.Insecure.HTTP), List.of());
        try (RegistryClient hasty = Clients.open(new RegistrySettings(
                s.mirrors(), s.insecure(), s.authorities(), s.credentials(), s.limits(), 1, 1, 1, Duration.ofSeconds(5)))) {
            Repository repository = Clients.pulling(hasty, name("app"));
            IOException failure = assertThrows(IOException.class, () -> read(repository, layerDescriptor()));
            contains(Repository.reason(failure), ErrorCode.UNAVAILABLE, "nothing came for 5 seconds");
        }
    }

    @Test
    void i13_aLoginIsNotHandedOnToAnotherHost() throws Exception {
        try (HostileRegistry other = new HostileRegistry()) {
            registry.blob("app", Digest.of(layer), exchange -> {
                if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"r\"");
                    exchange.sendResponseHeaders(401, -1);
                } else {
                    exchange.getResponseHeaders().set("Location", "http://" + other.host() + "/elsewhere");
                    exchange.sendResponseHeaders(307, -1);
                }
            });
            other.on("/elsewhere", exchange -> HostileRegistry.send(exchange, 200, layer));
            Repository repository = Clients.pulling(client, name("app"), Credential.login("ann", "secret"));
            try (InputStream in = repository.blob(layerDescriptor())) {
                assertArrayEquals(layer, in.readAllBytes());
            }
            assertEquals(List.of(""), other.seen().stream().map(HostileRegistry.Seen::authorization).toList());
            assertEquals(List.of("", "Basic YW5uOnNlY3JldA=="), registry.seen().stream().map(HostileRegistry.Seen::authorization).toList());
        }
    }

    @Test
    void redirectsInCirclesEnd() throws Exception {
        registry.blob("app", Digest.of(layer), exchange -> {
            exchange.getResponseHeaders().set("Location", exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(302, -1);
        });
        RegistryException failure = assertThrows(RegistryException.class, () -> read(layerDescriptor()));
        contains(failure, ErrorCode.INVALID, "round in circles");
    }

    private void tokenServer(HostileRegistry at, String token, String life) {
        at.on("/token", exchange -> HostileRegistry.send(exchange, 200, bytes("{\"token\":\"" + token + "\"" + life + "}")));
    }

    private void wantsToken(String path, String realm, String token, byte[] content) {
        registry.on(path, exchange -> {
            if (("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders().set("Content-Type", MediaTypes.OCI_MANIFEST);
                HostileRegistry.send(exchange, 200, content);
            } else {
                exchange.getResponseHeaders().set(
                        "WWW-Authenticate", "Bearer realm=\"" + realm + "\",service=\"the \\\"service\\\"\",scope=\"repository:evil:pull,push\"");
                exchange.sendResponseHeaders(401, -1);
            }
        });
    }

    @Test
    void i13_tokensAreFetchedOnceForWhatIsReallyWanted() throws Exception {
        byte[] manifest = Clients.manifest(CONFIG, layer);
        tokenServer(registry, "t1", ",\"expires_in\":300");
        wantsToken("/v2/app/manifests/latest", "http://" + registry.host() + "/token", "t1", manifest);
        wantsToken("/v2/app/blobs/" + Digest.of(CONFIG), "http://" + registry.host() + "/token", "t1", CONFIG);
        Repository repository = Clients.pulling(client, name("app"), Credential.login("ann", "secret"));
        ManifestDocument.Image image = repository.resolve(ImageReference.parse(name("app")), AMD64).image();
        assertArrayEquals(CONFIG, repository.document(image.config()));
        // another repository object uses the token that is known
        assertArrayEquals(CONFIG, Clients.pulling(client, name("app"), Credential.login("ann", "secret")).document(image.config()));
        List<HostileRegistry.Seen> asked = registry.seen().stream().filter(each -> each.path().startsWith("/token")).toList();
        assertEquals(1, asked.size(), registry.seen().toString());
        assertEquals("Basic YW5uOnNlY3JldA==", asked.getFirst().authorization());
        assertTrue(asked.getFirst().path().contains("scope=repository%3Aapp%3Apull&service=the+%22service%22"), asked.toString());
    }

    @Test
    void i13_anIdentityTokenIsExchangedByOauth2() throws Exception {
        byte[] manifest = Clients.manifest(CONFIG, layer);
        StringBuilder form = new StringBuilder();
        registry.on("/token", exchange -> {
            form.append(new String(exchange.getRequestBody().readAllBytes()));
            HostileRegistry.send(exchange, 200, bytes("{\"access_token\":\"t2\"}"));
        });
        wantsToken("/v2/app/manifests/latest", "http://" + registry.host() + "/token", "t2", manifest);
        Clients.pulling(client, name("app"), Credential.token("refresh-me")).resolve(ImageReference.parse(name("app")), AMD64);
        assertTrue(form.toString().contains("grant_type=refresh_token&refresh_token=refresh-me&scope=repository%3Aapp%3Apull"), form.toString());
    }

    @Test
    void aTokenThatIsNotTakenAnyMoreIsReplaced() throws Exception {
        AtomicInteger number = new AtomicInteger();
        registry.on("/token", exchange -> HostileRegistry.send(
                exchange, 200, bytes("{\"token\":\"t" + number.incrementAndGet() + "\",\"expires_in\":3600}")));
        registry.on("/v2/app/blobs/" + Digest.of(CONFIG), exchange -> {
            if (number.get() >= 2 && "Bearer t2".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                HostileRegistry.send(exchange, 200, CONFIG);
            } else {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://" + registry.host() + "/token\"");
                exchange.sendResponseHeaders(401, -1);
            }
        });
        assertArrayEquals(CONFIG, repository().document(new Descriptor("c", Digest.of(CONFIG), CONFIG.length)));
        assertEquals(2, number.get());
    }

    @Test
    void i13_aLoginIsNotSentToATokenServerWithoutTls() throws Exception {
        try (HostileRegistry other = new HostileRegistry()) {
            tokenServer(other, "t", "");
            wantsToken("/v2/app/manifests/latest", "http://" + other.host() + "/token", "t", Clients.manifest(CONFIG, layer));
            Repository repository = Clients.pulling(client, name("app"), Credential.login("ann", "secret"));
            RegistryException failure = assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app")), AMD64));
            contains(failure, ErrorCode.DENIED, "nothing was sent there");
            assertEquals(List.of(), other.seen());
        }
    }

    @Test
    void aMissingLoginSaysHowToLogIn() throws Exception {
        registry.on("/v2/app/manifests/latest", exchange -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"r\"");
            HostileRegistry.send(exchange, 401, bytes("{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"who \\u001b[31mare you\"}]}"));
        });
        Repository repository = repository();
        RegistryException failure = assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app")), AMD64));
        contains(failure, ErrorCode.DENIED, "run 'stowbook login " + registry.host() + "'", "who ?[31mare you");
        Repository withLogin = Clients.pulling(client, name("app"), Credential.login("ann", "s3cret"));
        RegistryException wrong = assertThrows(RegistryException.class, () -> withLogin.resolve(ImageReference.parse(name("app")), AMD64));
        contains(wrong, ErrorCode.DENIED, "does not accept the login of ann");
        assertTrue(!wrong.toString().contains("s3cret"));
    }

    @Test
    void whatDoesNotExistIsNamed() throws Exception {
        Repository repository = repository();
        RegistryException failure = assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app:v9")), AMD64));
        contains(failure, ErrorCode.NOT_FOUND, "registry " + registry.host() + " has no " + registry.host() + "/app");
    }

    @Test
    void tooManyRequestsAreRepeatedAsLateAsTheRegistryWishes() throws Exception {
        byte[] manifest = Clients.manifest(CONFIG, layer);
        AtomicInteger round = new AtomicInteger();
        registry.on("/v2/app/manifests/latest", exchange -> {
            if (round.getAndIncrement() == 0) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                exchange.sendResponseHeaders(429, -1);
            } else {
                HostileRegistry.send(exchange, 200, manifest);
            }
        });
        long begun = System.nanoTime();
        assertEquals(1, repository().resolve(ImageReference.parse(name("app")), AMD64).image().layers().size());
        assertTrue(System.nanoTime() - begun >= 1_000_000_000L);
        assertEquals(2, round.get());
    }

    @Test
    void aRegistryThatWantsAnHourIsNotWaitedFor() throws Exception {
        registry.on("/v2/app/manifests/latest", exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "3600");
            exchange.sendResponseHeaders(429, -1);
        });
        Repository repository = repository();
        RegistryException failure = assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app")), AMD64));
        contains(failure, ErrorCode.UNAVAILABLE, "429", "wait a while");
        assertEquals(1, registry.seen().size());
    }

    @Test
    void aServerThatIsDownForAMomentIsAskedAgain() throws Exception {
        byte[] manifest = Clients.manifest(CONFIG, layer);
        AtomicInteger round = new AtomicInteger();
        registry.on("/v2/app/manifests/latest", exchange -> {
            if (round.getAndIncrement() < 2) {
                exchange.sendResponseHeaders(503, -1);
            } else {
                HostileRegistry.send(exchange, 200, manifest);
            }
        });
        repository().resolve(ImageReference.parse(name("app")), AMD64);
        assertEquals(3, round.get());
    }

    @Test
    void aManifestWithAnotherDigestIsNotTaken() throws Exception {
        byte[] manifest = Clients.manifest(CONFIG, layer);
        Digest asked = Digest.of(bytes("something else"));
        registry.on("/v2/app/manifests/" + asked, exchange -> HostileRegistry.send(exchange, 200, manifest));
        Repository repository = repository();
        RegistryException failure =
                assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app@" + asked)), AMD64));
        contains(failure, ErrorCode.INVALID, "has the digest " + Digest.of(manifest), "not taken");
    }

    @Test
    void aTagWhoseDigestHeaderLiesIsNotTaken() throws Exception {
        registry.on("/v2/app/manifests/latest", exchange -> {
            exchange.getResponseHeaders().set("Docker-Content-Digest", Digest.of(layer).toString());
            HostileRegistry.send(exchange, 200, Clients.manifest(CONFIG, layer));
        });
        Repository repository = repository();
        contains(assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app")), AMD64)), ErrorCode.INVALID, "damaged or forged");
    }

    @Test
    void oversizeManifestsAreRefusedWithTheLimitThatRefusedThem() throws Exception {
        byte[] large = Arrays.copyOf(Clients.manifest(CONFIG, layer), 200_000);
        Arrays.fill(large, 500, large.length, (byte) ' ');
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, large), ErrorCode.INVALID, "registries.maxManifestBytes");
        registry.on("/v2/app/manifests/latest", exchange -> {
            exchange.sendResponseHeaders(200, 0); // without a length
            exchange.getResponseBody().write(large);
        });
        Repository repository = repository();
        contains(assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse(name("app")), AMD64)), ErrorCode.INVALID,
                "registries.maxManifestBytes");
    }

    @Test
    void manifestsThatAreNoImagesAreRefusedByName() throws Exception {
        String layers = ",\"layers\":[]}";
        contains(refusedManifest("application/vnd.docker.distribution.manifest.v1+prettyjws", bytes("{\"schemaVersion\":1}")), ErrorCode.UNSUPPORTED, "schema 1");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes("{\"schemaVersion\":2,\"config\":"
                + descriptor("application/vnd.cncf.helm.config.v1+json", CONFIG, "") + layers)), ErrorCode.UNSUPPORTED, "helm.config");
        contains(refusedManifest("application/x-of-mine", bytes("{}")), ErrorCode.UNSUPPORTED, "application/x-of-mine");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes("{\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\",\"manifests\":[]}")), ErrorCode.INVALID,
                "the registry calls it");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes("{\"config\":" + descriptor(MediaTypes.OCI_CONFIG, CONFIG, "")
                + ",\"manifests\":[],\"layers\":[]}")), ErrorCode.INVALID, "in two ways");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes("{\"a\":1,\"a\":2}")), ErrorCode.INVALID, "is no JSON");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes("[]")), ErrorCode.INVALID, "no JSON object");
    }

    @Test
    void layersThatCannotBeTakenAreRefusedByName() throws Exception {
        String head = "{\"schemaVersion\":2,\"config\":" + descriptor(MediaTypes.OCI_CONFIG, CONFIG, "") + ",\"layers\":[";
        contains(refusedManifest(MediaTypes.OCI_MANIFEST,
                bytes(head + descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", layer, ",\"urls\":[\"http://evil/\"]") + "]}")),
                ErrorCode.UNSUPPORTED, "foreign layer");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes(head + descriptor("application/x-squashfs", layer, "") + "]}")), ErrorCode.UNSUPPORTED,
                "application/x-squashfs");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes(head
                + "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"size\":99999999999,\"digest\":\"" + Digest.of(layer) + "\"}]}")), ErrorCode.INVALID,
                "registries.maxLayerBytes");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes(head
                + "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"size\":-1,\"digest\":\"" + Digest.of(layer) + "\"}]}")), ErrorCode.INVALID, "no size");
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, bytes(head
                + "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"size\":1,\"digest\":\"sha256:../../etc\"}]}")), ErrorCode.INVALID, "bad digest");
        byte[][] many = new byte[21][];
        Arrays.fill(many, layer);
        contains(refusedManifest(MediaTypes.OCI_MANIFEST, Clients.manifest(CONFIG, many)), ErrorCode.INVALID, "registries.maxLayers");
    }

    private static String platform(String os, String architecture, String variant) {
        return ",\"platform\":{\"os\":\"" + os + "\",\"architecture\":\"" + architecture + "\",\"variant\":\"" + variant + "\"}";
    }

    @Test
    void anIndexThatLacksThePlatformSaysWhatThereIs() throws Exception {
        byte[] manifest = Clients.manifest(CONFIG, layer);
        contains(refusedManifest(MediaTypes.OCI_INDEX, bytes("{\"schemaVersion\":2,\"manifests\":["
                + descriptor(MediaTypes.OCI_MANIFEST, manifest, platform("linux", "arm64", "v8")) + ","
                + descriptor(MediaTypes.OCI_MANIFEST, manifest, platform("windows", "amd64", "")) + "]}")),
                ErrorCode.NOT_FOUND, "no image for linux/amd64, only for linux/arm64/v8, windows/amd64");
    }

    @Test
    void theBestVariantOfAnIndexIsTaken() throws Exception {
        byte[] v5 = Clients.manifest(bytes("v5"));
        byte[] v6 = Clients.manifest(bytes("v6"));
        byte[] v7 = Clients.manifest(bytes("v7"));
        for (byte[] each : List.of(v5, v6, v7)) {
            registry.manifest("app", "x", MediaTypes.OCI_MANIFEST, each);
        }
        registry.manifest("app", "latest", MediaTypes.DOCKER_LIST, bytes("{\"schemaVersion\":2,\"manifests\":["
                + descriptor(MediaTypes.OCI_MANIFEST, v5, platform("linux", "arm", "v5")) + ","
                + descriptor(MediaTypes.OCI_MANIFEST, v7, platform("linux", "arm", "v7")) + ","
                + descriptor(MediaTypes.OCI_MANIFEST, v6, platform("linux", "arm", "v6")) + "]}"));
        Map<String, byte[]> best = Map.of("v5", v5, "v6", v6, "v7", v7, "", v7);
        for (var each : best.entrySet()) {
            Repository.Resolved resolved = repository().resolve(ImageReference.parse(name("app")), new Platform("linux", "arm", each.getKey()));
            assertEquals(Digest.of(each.getValue()), resolved.image().digest(), each.getKey());
        }
    }

    @Test
    void anIndexOfItselfEnds() throws Exception {
        byte[] leaf = bytes("{\"schemaVersion\":2,\"manifests\":[]}");
        byte[] index = leaf;
        for (int i = 0; i < 6; i++) {
            registry.manifest("app", "latest", MediaTypes.OCI_INDEX, index);
            index = bytes("{\"schemaVersion\":2,\"manifests\":[" + descriptor(MediaTypes.OCI_INDEX, index, platform("linux", "amd64", "")) + "]}");
        }
        contains(refusedManifest(MediaTypes.OCI_INDEX, index), ErrorCode.INVALID, "nested more than 4 deep");
    }

    @Test
    void mirrorsAreAskedFirstAndMayFail() throws Exception {
        byte[] manifest = Clients.manifest(CONFIG, layer);
        registry.manifest("app", "latest", MediaTypes.OCI_MANIFEST, manifest);
        try (HostileRegistry mirror = new HostileRegistry();
                RegistryClient mirrored = Clients.mirrored(
                        registry.host(),
                        List.of("http://127.0.0.1:1", "http://" + mirror.host()),
                        Map.of(registry.host(), RegistrySettings.Insecure.HTTP))) {
            mirror.manifest("app", "latest", MediaTypes.OCI_MANIFEST, manifest);
            Repository repository = Clients.pulling(mirrored, name("app"), Credential.login("ann", "secret"));
            repository.resolve(ImageReference.parse(name("app")), AMD64);
            assertEquals(List.of(), registry.seen());
            mirror.on("/v2/app/manifests/latest", exchange -> {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"give\"");
                exchange.sendResponseHeaders(401, -1);
            });
            repository.resolve(ImageReference.parse(name("app")), AMD64);
            assertEquals(1, registry.seen().size());
            assertTrue(mirror.seen().stream().allMatch(each -> each.authorization().isEmpty()), "the registry's login went to its mirror: " + mirror.seen());
        }
    }

    @Test
    void aRegistryThatIsNotThereSaysSo() throws Exception {
        try (RegistryClient nobody = Clients.plain("127.0.0.1:1")) {
            Repository repository = Clients.pulling(nobody, "127.0.0.1:1/app");
            RegistryException failure =
                    assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse("127.0.0.1:1/app"), AMD64));
            contains(failure, ErrorCode.UNAVAILABLE, "registry 127.0.0.1:1 cannot be reached at 127.0.0.1:1: the connection was refused");
        }
        try (RegistryClient nobody = Clients.plain("registry.invalid")) {
            Repository repository = Clients.pulling(nobody, "registry.invalid/app");
            RegistryException failure =
                    assertThrows(RegistryException.class, () -> repository.resolve(ImageReference.parse("registry.invalid/app"), AMD64));
            contains(failure, ErrorCode.UNAVAILABLE, "no address is known for registry.invalid");
        }
    }
}
