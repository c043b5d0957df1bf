package dev.stowbook.supervisor.image;

import dev.stowbook.linux.digest.Sha256;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Names content by its SHA-256: {@code sha256:} and 64 lower-case hex digits (OCI image-spec, descriptor.md, "Digests").
 *
 * @param hex the digits
 */
public record Digest(String hex) implements Comparable<Digest> {
    private static final String PREFIX = "sha256:";
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    public Digest {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("not 64 lower-case hex digits: " + shortened(hex));
        }
    }

    /** Parses {@code sha256:<64 hex>}. @throws IllegalArgumentException with a sentence, if it has another form */
    public static Digest parse(String text) {
        if (!text.startsWith(PREFIX) || !FORM.matcher(text.substring(PREFIX.length())).matches()) {
            throw new IllegalArgumentException(
                    "\"" + shortened(text) + "\" is no digest: it must be sha256: and 64 lower-case hex digits");
        }
        return new Digest(text.substring(PREFIX.length()));
    }

    private static String shortened(String text) {
        return text.length() > 80 ? text.substring(0, 80) + "..." : text;
    }

    /** The digest of some bytes. */
    public static Digest of(byte[] bytes) {
        return ended(begin().digest(bytes));
    }

    /** What a running computation has come to. */
    public static Digest ended(MessageDigest computation) {
        return ended(computation.digest());
    }

    private static Digest ended(byte[] sum) {
        return new Digest(HexFormat.of().formatHex(sum));
    }

    /** Begins the computation of a digest. */
    public static MessageDigest begin() {
        return Sha256.begin();
    }

    @Override
    public int compareTo(Digest other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return PREFIX + hex;
    }
}
