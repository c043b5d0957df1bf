package dev.stowbook.supervisor.model;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which images may have which names, by repository: the longest prefix wins.
 *
 * @param otherwise holds where no prefix fits
 * @param byPrefix rules by registry, or by registry and the first parts of a path: {@code docker.io/library}
 */
public record SignaturePolicy(SignatureRule otherwise, SortedMap<String, SignatureRule> byPrefix) {
    private static final String HUB = "docker.io";

    public SignaturePolicy {
        byPrefix = Collections.unmodifiableSortedMap(new TreeMap<>(byPrefix));
    }

    /** The policy of those who set none. */
    public static SignaturePolicy acceptAll() {
        return new SignaturePolicy(new SignatureRule.Accept(), Collections.emptySortedMap());
    }

    /**
     * The rule for a repository, and where it stands.
     *
     * @param place the prefix; empty for the default
     */
    public record Found(SignatureRule rule, String place) {}

    /** The rule for an image's name, which may be short and have tag and digest. */
    public Found ruleOf(String reference) {
        String repository = repositoryOf(reference);
        for (String prefix = repository; !prefix.isEmpty(); prefix = prefix.substring(0, Math.max(0, prefix.lastIndexOf('/')))) {
            SignatureRule rule = byPrefix.get(prefix);
            if (rule != null) {
                return new Found(rule, prefix);
            }
        }
        return new Found(otherwise, "");
    }

    /** Registry and path of a name, as Docker completes short ones: {@code busybox:1} is of {@code docker.io/library/busybox}. */
    public static String repositoryOf(String reference) {
        String name = reference.contains("@") ? reference.substring(0, reference.indexOf('@')) : reference;
        int slash = name.indexOf('/');
        int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
        name = colon < 0 ? name : name.substring(0, colon);
        String first = slash < 0 ? "" : name.substring(0, slash);
        boolean registry = !first.isEmpty()
                && (first.contains(".") || first.contains(":") || first.equals("localhost") || first.chars().anyMatch(Character::isUpperCase));
        String full = registry ? name : HUB + "/" + name;
        full = full.startsWith("index." + HUB + "/") ? full.substring("index.".length()) : full;
        return full.startsWith(HUB + "/") && full.indexOf('/', HUB.length() + 1) < 0 ? HUB + "/library/" + full.substring(HUB.length() + 1) : full;
    }
}
