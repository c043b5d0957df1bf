package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.Link;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * The names of one instance's kernel objects, derived from ids, and how its links are told from others'.
 *
 * <p>A link is ours if its alias begins with {@code stowbook:INSTANCE:}. The kernel takes an alias only for a link that exists, so
 * for the moment between the two messages the link's group number, which is set as it is made, says the same.
 *
 * @param instance the daemon's instance id
 */
record KernelNames(String instance) {
    /** What names of bridges of any instance begin with; the rules rely on it. */
    static final String BRIDGE_PREFIX = "sbkb";

    static final String VETH_PREFIX = "sbkv";
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int HASH_CHARACTERS = 11; // with the prefix 15 bytes, IFNAMSIZ less the zero

    String bridge(String networkId) {
        return BRIDGE_PREFIX + hash(instance + "/" + networkId);
    }

    String veth(String endpointId, int generation) {
        return VETH_PREFIX + hash(instance + "/" + endpointId + "/" + generation);
    }

    String table() {
        return "stowbook_" + instance;
    }

    /** The group number of our links: positive, never 0 (the default) . */
    int group() {
        byte[] digest = sha256(instance);
        return ((digest[0] & 0x7f) << 24 | (digest[1] & 0xff) << 16 | (digest[2] & 0xff) << 8 | (digest[3] & 0xff)) | 1;
    }

    String aliasPrefix() {
        return LinkAlias.PREFIX + instance + ":";
    }

    boolean isOurs(Link link) {
        return link.alias().startsWith(aliasPrefix()) || isUnnamed(link);
    }

    /** Whether a link is ours but was left without its alias by a crash. */
    boolean isUnnamed(Link link) {
        return link.alias().isEmpty() && link.group() == group();
    }

    Optional<LinkAlias.Network> network(Link link) {
        return LinkAlias.Network.parse(link.alias()).filter(alias -> alias.instance().equals(instance));
    }

    Optional<LinkAlias.Endpoint> endpoint(Link link) {
        return LinkAlias.Endpoint.parse(link.alias()).filter(alias -> alias.instance().equals(instance));
    }

    /** A hardware address for a link of the host: locally administered, derived from its name. */
    static String macAddress(String linkName) {
        byte[] digest = sha256(linkName);
        return "06:%02x:%02x:%02x:%02x:%02x".formatted(digest[0], digest[1], digest[2], digest[3], digest[4]);
    }

    private static String hash(String text) {
        byte[] digest = sha256(text);
        long bits = java.nio.ByteBuffer.wrap(digest).getLong();
        StringBuilder name = new StringBuilder(HASH_CHARACTERS);
        for (int i = 0; i < HASH_CHARACTERS; i++) {
            name.append(BASE32.charAt((int) (bits >>> (59 - 5 * i) & 31)));
        }
        return name.toString();
    }

    static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
