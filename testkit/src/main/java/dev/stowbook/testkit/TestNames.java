package dev.stowbook.testkit;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names that no other test on this machine has: every kernel object a test makes carries one. Any thread. */
public final class TestNames {
    private static final SecureRandom RANDOM = new SecureRandom();

    private TestNames() {}

    /** A random instance id as a daemon has one: 12 lower-case hex digits. */
    public static String instanceId() {
        return hex(12);
    }

    /** A random id of a pod, container or layer: 64 lower-case hex digits. */
    public static String id() {
        return hex(64);
    }

    /** A random name of a file, directory or table: {@code stowbook-test-} and 12 hex digits. */
    public static String name() {
        return "stowbook-test-" + hex(12);
    }

    /** A random prefix of link names: {@code sbk} and 6 hex digits, which leaves 6 of the 15 bytes a link name may have. */
    public static String linkPrefix() {
        return "sbk" + hex(6);
    }

    private static String hex(int digits) {
        byte[] bytes = new byte[(digits + 1) / 2];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes).substring(0, digits);
    }
}
