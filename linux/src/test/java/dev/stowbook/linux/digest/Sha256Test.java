package dev.stowbook.linux.digest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Sha256Test {
    @Test
    void theVectorsOfTheStandard() {
        assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", hex(Sha256.begin().digest()));
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                hex(Sha256.begin().digest("abc".getBytes(StandardCharsets.US_ASCII))));
    }

    @Test
    void thisMachineHasTheNativeOne() {
        assertEquals(Sha256.class, Sha256.begin().getClass(), "libcrypto.so.3 is missing: every package that speaks TLS brings it");
    }

    @Test
    void anySplitOfAnyDataGivesTheJdksDigest() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("sha256: seed " + seed);
        Random random = new Random(seed);
        MessageDigest ours = Sha256.begin();
        for (int round = 0; round < 200; round++) {
            byte[] data = new byte[random.nextInt(400_000)];
            random.nextBytes(data);
            MessageDigest expected = MessageDigest.getInstance("SHA-256");
            for (int at = 0; at < data.length; ) {
                int length = Math.min(data.length - at, 1 + random.nextInt(200_000));
                expected.update(data, at, length);
                if (length == 1) {
                    ours.update(data[at]);
                } else {
                    ours.update(data, at, length);
                }
                at += length;
            }
            MessageDigest copy = (MessageDigest) ours.clone();
            byte[] sum = expected.digest();
            assertArrayEquals(sum, ours.digest());
            assertArrayEquals(sum, copy.digest());
        }
    }

    @Test
    void aResetForgetsAndARoomTooSmallIsRefused() throws Exception {
        MessageDigest ours = Sha256.begin();
        ours.update((byte) 1);
        ours.reset();
        assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", hex(ours.digest()));
        assertThrows(DigestException.class, () -> ours.digest(new byte[40], 0, 31));
        assertEquals(32, ours.digest(new byte[40], 8, 32));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
