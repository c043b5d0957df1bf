package dev.stowbook.supervisor.trust;

import dev.stowbook.supervisor.model.SignaturePolicy;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a valid signature says.
 *
 * @param digests the manifests it is about
 * @param reference the name that the image was signed under; empty if it says none
 */
record Claim(SortedSet<String> digests, Optional<String> reference) {
    Claim {
        digests = new TreeSet<>(digests);
    }

    /** Why this is no signature of what was asked for; empty if it is one. */
    Optional<String> objection(Asked asked) {
        if (digests.stream().noneMatch(asked.digests()::contains)) {
            return Optional.of("it is about " + String.join(", ", digests) + ", another image");
        }
        if (reference.isEmpty()) {
            return Optional.empty();
        }
        String name = reference.get();
        if (!SignaturePolicy.repositoryOf(name).equals(asked.repository())) {
            return Optional.of("it was made for " + name + ", another repository");
        }
        Optional<String> tag = tag(name);
        if (tag.isPresent() && asked.tag().isPresent() && !tag.equals(asked.tag())) {
            return Optional.of("it was made for the tag " + tag.get() + ", another one");
        }
        return Optional.empty();
    }

    /** The digest it has in common with what was asked for. */
    String digest(Asked asked) {
        return digests.stream().filter(asked.digests()::contains).findFirst().orElseThrow();
    }

    private static Optional<String> tag(String reference) {
        String name = reference.contains("@") ? reference.substring(0, reference.indexOf('@')) : reference;
        int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
        return colon < 0 ? Optional.empty() : Optional.of(name.substring(colon + 1));
    }
}
