package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    // DiffIDs are those of the bytes "a", "b", "c"; the chains were computed with sha256sum(1).
    private static final String A = "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    private static final String B = "sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
    private static final String C = "sha256:2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6";
    private static final String AB = "sha256:51c0c8ace48498d6f5fee6b0592cc06f2da0f3cbe09c5a34a97dce85c3889676";
    private static final String ABC = "sha256:2fce7f8ce91bcf0a1428b36e1024639fdbd9469eea762dba98aa749631885106";

    @Test
    void i4_chainIdsAreThoseOfTheGoldenVectors() {
        assertEquals(A, Digest.of("a".getBytes(StandardCharsets.US_ASCII)).toString());
        assertEquals(
                List.of(A, AB, ABC),
                ChainId.ofStack(List.of(Digest.parse(A), Digest.parse(B), Digest.parse(C))).stream()
                        .map(ChainId::toString)
                        .toList());
        assertEquals(List.of(), ChainId.ofStack(List.of()));
    }

    @Test
    void i4_chainIdsOfRandomStacksFollowTheFormula() throws Exception {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("i4 seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<Digest> stack = new ArrayList<>();
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                byte[] bytes = new byte[16];
                random.nextBytes(bytes);
                stack.add(Digest.of(bytes));
            }
            List<ChainId> chains = ChainId.ofStack(stack);
            assertEquals(stack.getFirst(), chains.getFirst().digest());
            for (int i = 1; i < stack.size(); i++) {
                byte[] sum = MessageDigest.getInstance("SHA-256")
                        .digest((chains.get(i - 1) + " " + stack.get(i)).getBytes(StandardCharsets.US_ASCII));
                assertEquals(String.format("sha256:%064x", new BigInteger(1, sum)), chains.get(i).toString());
            }
            // a chain says nothing of what comes above it, and all of what lies below
            assertEquals(chains.subList(0, stack.size() / 2), ChainId.ofStack(stack.subList(0, stack.size() / 2)));
        }
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "busybox, busybox, latest, -, docker.io/library/busybox:latest",
        "busybox:1.36, busybox, 1.36, -, docker.io/library/busybox:1.36",
        "user/app, user/app, latest, -, docker.io/user/app:latest",
        "docker.io/busybox:x, docker.io/busybox, x, -, docker.io/library/busybox:x",
        "index.docker.io/library/a:b, index.docker.io/library/a, b, -, docker.io/library/a:b",
        "localhost/app:v1, localhost/app, v1, -, localhost/app:v1",
        "localhost:5000/app, localhost:5000/app, latest, -, localhost:5000/app:latest",
        "example.org:443/a/b_c/d--e:T.a-g_1, example.org:443/a/b_c/d--e, T.a-g_1, -, example.org:443/a/b_c/d--e:T.a-g_1",
        "[::1]:5000/app, [::1]:5000/app, latest, -, [::1]:5000/app:latest",
        "app@sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, app, -, sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, docker.io/library/app@sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "app:tag@sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, app, tag, sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, docker.io/library/app:tag@sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    })
    void referencesAreReadAsDockerDoes(String text, String name, String tag, String digest, String canonical) {
        ImageReference reference = ImageReference.parse(text);
        assertEquals(name, reference.name());
        assertEquals(Optional.ofNullable(tag), reference.tag());
        assertEquals(Optional.ofNullable(digest), reference.digest().map(Digest::toString));
        assertEquals(canonical, reference.canonical().toString());
        assertEquals(reference, ImageReference.parse(reference.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":x", "Upper", "a//b", "/a", "a/", "a:", "a:b c", "a@b", "a@sha256:12", "-a", "a..b", "a b", "ä",
        "exa mple.org/a", "0000000000000000000000000000000000000000000000000000000000000000", "a:.x", "../a", "host:port/a"})
    void badReferencesAreRefusedWithASentence(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> ImageReference.parse(text)).getMessage();
        assertTrue(message.startsWith("\"") && message.contains(" is no "), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha256:", "sha512:00", "sha256:zz", "SHA256:" , "sha256:../../../etc/passwd"})
    void whatIsNoDigestIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Digest.parse(text));
    }
}
