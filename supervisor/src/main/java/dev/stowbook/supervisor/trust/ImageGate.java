package dev.stowbook.supervisor.trust;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.model.SignaturePolicy;
import dev.stowbook.supervisor.model.SignatureRule;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** What an image has to pass before anything of it but its manifest is fetched. Any thread. */
public final class ImageGate {
    private final SignaturePolicy policy;
    private final SignatureVerifier verifier;
    private final int most;

    /**
     * @param keys by fingerprint: all that the policy names
     * @param most how many signatures of one image are looked at
     */
    public ImageGate(SignaturePolicy policy, Map<String, TrustedKey> keys, int most) {
        this.policy = policy;
        this.verifier = new SignatureVerifier(keys);
        this.most = most;
    }

    /**
     * Why an image may come in.
     *
     * @param place where the policy stands that wanted signatures; empty for the default
     */
    public record Pass(String place, Trust trust) {}

    /**
     * Asks for what the policy requires of the image. Blocks while signatures are fetched.
     *
     * @param reference what was asked for, and what the image will be called
     * @param resolved what it leads to
     * @param repository where it, and its signatures, lie
     * @return empty if nothing is required
     * @throws TrustException if it may not come in, with a sentence
     * @throws RegistryException if the signatures could not be fetched
     */
    public Optional<Pass> admit(ImageReference reference, Repository.Resolved resolved, Repository repository) throws TrustException, RegistryException {
        SignaturePolicy.Found found = policy.ruleOf(reference.toString());
        return switch (found.rule()) {
            case SignatureRule.Accept() -> Optional.empty();
            case SignatureRule.Reject() -> throw new TrustException(policyOf(found) + " rejects " + reference);
            case SignatureRule.Require rule -> Optional.of(new Pass(found.place(), verified(reference, resolved, repository, found, rule)));
        };
    }

    private Trust verified(
            ImageReference reference, Repository.Resolved resolved, Repository repository, SignaturePolicy.Found found, SignatureRule.Require rule)
            throws TrustException, RegistryException {
        Digest own = resolved.image().digest();
        Asked asked = new Asked(
                reference.canonical().name(),
                reference.digest().isPresent() ? Optional.empty() : reference.tag(),
                new TreeSet<>(List.of(own.toString(), resolved.named().toString())));
        try {
            List<Offered> offered = new SignatureSearch(repository, most).of(new LinkedHashSet<>(List.of(resolved.named(), own)));
            return verifier.verify(asked, rule, offered);
        } catch (TrustException e) {
            throw new TrustException(policyOf(found) + " does not let " + reference + " in: " + e.getMessage());
        }
    }

    private static String policyOf(SignaturePolicy.Found found) {
        return "the signature policy for " + (found.place().isEmpty() ? "all repositories" : found.place());
    }
}
