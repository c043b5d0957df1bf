package dev.stowbook.supervisor.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.stowbook.supervisor.image.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A mirror that sends something else than it should, before a registry that does not. */
@Timeout(120)
class BadMirrorTest {
    private HostileRegistry registry;
    private HostileRegistry mirror;
    private RegistryClient client;
    private Repository repository;
    private final byte[] bytes = new byte[300_000];

    @BeforeEach
    void start() throws Exception {
        registry = new HostileRegistry();
        mirror = new HostileRegistry();
        client = Clients.mirrored(
                registry.host(), List.of("http://" + mirror.host()),
                Map.of(registry.host(), RegistrySettings.Insecure.HTTP, mirror.host(), RegistrySettings.Insecure.HTTP));
        repository = Clients.pulling(client, registry.host() + "/app");
        new Random(11).nextBytes(bytes);
        registry.blob("app", Digest.of(bytes), this::part);
    }

    @AfterEach
    void stop() {
        client.close();
        mirror.close();
        registry.close();
    }

    /** What was asked for, as a good registry sends it. */
    private void part(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=([0-9]+)-.*", "$1"));
        if (range != null) {
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        HostileRegistry.send(exchange, range == null ? 200 : 206, Arrays.copyOfRange(bytes, from, bytes.length));
    }

    private void mirrors(byte[] content) {
        mirror.blob("app", Digest.of(bytes), exchange -> HostileRegistry.send(exchange, 200, content));
    }

    private byte[] flipped() {
        byte[] other = bytes.clone();
        other[200_000] ^= 1;
        return other;
    }

    private Descriptor blob() {
        return new Descriptor(MediaTypes.OCI_CONFIG, Digest.of(bytes), bytes.length);
    }

    private byte[] read() throws IOException, RegistryException {
        try (InputStream in = repository.blob(blob())) {
            return in.readAllBytes();
        }
    }

    private void isReadAnew() throws Exception {
        assertEquals(0, repository.shunned(Digest.of(bytes)));
        IOException failure = assertThrows(IOException.class, this::read);
        assertTrue(Repository.reason(failure).getMessage().contains("registry " + mirror.host() + " sends"), failure.getMessage());
        assertEquals(1, repository.shunned(Digest.of(bytes)));
        assertArrayEquals(bytes, read());
        assertEquals(1, mirror.seen().size(), "the mirror was asked again: " + mirror.seen());
        assertEquals(1, repository.troubles().size());
    }

    @Test
    void aBlobThatIsDamagedComesFromTheRegistryTheNextTime() throws Exception {
        mirrors(flipped());
        isReadAnew();
    }

    @Test
    void aBlobThatIsTooLongComesFromTheRegistryTheNextTime() throws Exception {
        mirrors(Arrays.copyOf(bytes, bytes.length + 1));
        isReadAnew();
    }

    @Test
    void whatIsWrongIsSaidAgainToWhoeverReadsOn() throws Exception {
        mirrors(flipped());
        try (InputStream in = repository.blob(blob())) {
            assertThrows(IOException.class, in::readAllBytes);
            assertThrows(IOException.class, in::read, "it seems to have ended well");
        }
    }

    @Test
    void aDocumentThatIsDamagedComesFromTheRegistryAtOnce() throws Exception {
        mirrors(flipped());
        assertArrayEquals(bytes, repository.document(blob()));
        assertEquals(1, repository.troubles().size());
    }

    @Test
    void whatAMirrorNeverSendsToItsEndGoesOnAtTheRegistry() throws Exception {
        mirrors(Arrays.copyOf(bytes, 100_000));
        assertArrayEquals(bytes, read());
        assertEquals(1, registry.seen().size());
        String trouble = repository.troubles().getFirst();
        assertTrue(trouble.contains("registry " + mirror.host() + " ended the blob") && trouble.contains("after 100000 of 300000 bytes"), trouble);
    }

    @Test
    void aDamagedBeginningIsReadAnewThoughTheRestWasSound() throws Exception {
        byte[] wrong = bytes.clone();
        wrong[0] ^= 1;
        mirrors(Arrays.copyOf(wrong, 100_000));
        String message = Repository.reason(assertThrows(IOException.class, this::read)).getMessage();
        assertTrue(message.contains(mirror.host() + " and " + registry.host() + " sends as the blob"), message);
        assertArrayEquals(bytes, read());
    }

    @Test
    void whereTheRegistryFailsTooBothAreSaid() throws Exception {
        mirrors(Arrays.copyOf(bytes, 100_000));
        registry.blob("app", Digest.of(bytes), exchange -> exchange.sendResponseHeaders(404, -1));
        String message = Repository.reason(assertThrows(IOException.class, this::read)).getMessage();
        assertTrue(message.contains("registry " + registry.host() + " has no blob " + Digest.of(bytes)), message);
        assertTrue(message.contains("before that its mirrors failed: registry " + mirror.host() + " ended the blob"), message);
    }

    @Test
    void whatTheRegistryItselfSendsDamagedFails() throws Exception {
        registry.blob("app", Digest.of(bytes), exchange -> HostileRegistry.send(exchange, 200, flipped()));
        mirrors(flipped());
        assertThrows(IOException.class, this::read);
        String message = assertThrows(RegistryException.class, () -> repository.document(blob())).getMessage();
        assertTrue(message.contains("what registry " + registry.host() + " sends as the blob"), message);
        assertEquals(1, registry.seen().size());
    }
}
