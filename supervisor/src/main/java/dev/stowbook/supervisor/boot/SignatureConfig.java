package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.model.SignaturePolicy;
import dev.stowbook.supervisor.model.SignatureRule;
import dev.stowbook.supervisor.trust.ImageGate;
import dev.stowbook.supervisor.trust.TrustException;
import dev.stowbook.supervisor.trust.TrustedKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The section {@code signatures}: which repositories' images are accepted, rejected, or have to be signed. The files of the keys are read with it.
 *
 * @param policy the rules, with keys by their fingerprints
 * @param keys by fingerprint
 * @param most how many signatures of one image are looked at
 */
record SignatureConfig(SignaturePolicy policy, SortedMap<String, TrustedKey> keys, int most) {
    private static final String REPOSITORIES = "signatures.repositories";
    private static final int MOST = 64;
    private static final int MOST_ALLOWED = 10_000;
    private static final int MOST_KEY_BYTES = 64 << 10;
    private static final Pattern PREFIX = Pattern.compile("[a-zA-Z0-9.:\\[\\]-]+(?:/[a-z0-9._-]+)*");

    /** What holds if nothing is set. */
    static SignatureConfig none() {
        return new SignatureConfig(SignaturePolicy.acceptAll(), new TreeMap<>(), MOST);
    }

    static SignatureConfig read(ConfigReader reader) throws BootException {
        SortedMap<String, TrustedKey> keys = new TreeMap<>();
        SortedMap<String, SignatureRule> rules = new TreeMap<>();
        for (String name : reader.names(REPOSITORIES)) {
            rules.put(prefix(reader, name), rule(reader.entry(REPOSITORIES, name), keys));
        }
        SignatureRule otherwise = rule(reader.entry("signatures", "default"), keys);
        return new SignatureConfig(
                new SignaturePolicy(otherwise, rules), keys, (int) reader.number("signatures.most", MOST, 1, MOST_ALLOWED));
    }

    /** What pulled images have to pass. */
    ImageGate gate() {
        return new ImageGate(policy, keys, most);
    }

    /** A registry, or registry and path as a whole name has them; Docker's own may go by its short names. */
    private static String prefix(ConfigReader reader, String name) throws BootException {
        boolean registry = !name.contains("/");
        String whole = registry ? name : SignaturePolicy.repositoryOf(name);
        if (!PREFIX.matcher(name).matches() || registry && !name.matches(".*[.:].*|localhost") || !whole.equals(name)) {
            throw reader.refuse(REPOSITORIES + "." + name, "this is no registry, nor the beginning of a repository's whole name without tag; write it as"
                    + " registry.example.com, registry.example.com/team or docker.io/library/busybox");
        }
        return name;
    }

    private static SignatureRule rule(ConfigReader reader, SortedMap<String, TrustedKey> keys) throws BootException {
        String policy = reader.text("policy", "accept");
        String needs = reader.text("needs", "any");
        List<String> files = reader.list("keys");
        if (!needs.equals("any") && !needs.equals("all")) {
            throw reader.refuse("needs", needs + " is neither any (one of the keys suffices) nor all");
        }
        if (!policy.equals("require") && (!files.isEmpty() || reader.text("needs").isPresent())) {
            throw reader.refuse("policy", "keys and needs belong to the policy require, and this is " + policy);
        }
        return switch (policy) {
            case "accept" -> new SignatureRule.Accept();
            case "reject" -> new SignatureRule.Reject();
            case "require" -> new SignatureRule.Require(fingerprints(reader, files, keys), needs.equals("all"));
            default -> throw reader.refuse("policy", policy + " is none of accept, reject and require");
        };
    }

    private static List<String> fingerprints(ConfigReader reader, List<String> files, SortedMap<String, TrustedKey> keys) throws BootException {
        if (files.isEmpty()) {
            throw reader.refuse("keys", "the policy require needs a list of files with public keys in PEM");
        }
        List<String> fingerprints = new ArrayList<>();
        for (String file : files) {
            try {
                for (TrustedKey key : TrustedKey.parse(pem(Path.of(file)), file)) {
                    keys.put(key.fingerprint(), key);
                    fingerprints.add(key.fingerprint());
                }
            } catch (IOException e) {
                throw reader.refuse("keys", file + " cannot be read; write the absolute path of a file with a public key in PEM");
            } catch (TrustException e) {
                throw reader.refuse("keys", String.valueOf(e.getMessage()));
            }
        }
        return fingerprints.stream().distinct().toList();
    }

    private static String pem(Path file) throws IOException {
        if (!file.isAbsolute() || Files.size(file) > MOST_KEY_BYTES) {
            throw new IOException("relative, or too large");
        }
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }
}
