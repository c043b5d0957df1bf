package dev.stowbook.supervisor.trust;

import dev.stowbook.supervisor.model.SignatureRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Holds the signatures that a repository offers against a rule. Does no I/O; any thread. */
public final class SignatureVerifier {
    private static final int MOST_REASONS = 3;

    private final Map<String, TrustedKey> keys;

    /** @param keys by fingerprint: all that rules name */
    public SignatureVerifier(Map<String, TrustedKey> keys) {
        this.keys = Map.copyOf(keys);
    }

    /**
     * Verifies.
     *
     * @param asked the image
     * @param rule what is required of it
     * @param offered signatures in any number and of any quality
     * @return by which keys it is trusted
     * @throws TrustException with a sentence that says why not
     */
    public Trust verify(Asked asked, SignatureRule.Require rule, List<Offered> offered) throws TrustException {
        Map<String, String> digestByKey = new TreeMap<>();
        Set<String> reasons = new LinkedHashSet<>();
        for (Offered one : offered) {
            weigh(asked, rule, one, digestByKey, reasons);
        }
        boolean enough = rule.all() ? digestByKey.keySet().containsAll(rule.keys()) : !digestByKey.isEmpty();
        if (!enough) {
            throw new TrustException(refusal(rule, offered.size(), digestByKey.keySet(), reasons));
        }
        return new Trust(List.copyOf(new TreeSet<>(digestByKey.values())), List.copyOf(digestByKey.keySet()));
    }

    private void weigh(Asked asked, SignatureRule.Require rule, Offered offered, Map<String, String> digestByKey, Set<String> reasons) {
        try {
            Statement statement = Statement.of(offered);
            List<String> signers = rule.keys().stream().filter(key -> statement.signedBy(key(key))).toList();
            if (signers.isEmpty()) {
                reasons.add("it was made with another key, or what it covers was changed");
                return;
            }
            Claim claim = statement.claim();
            Optional<String> objection = claim.objection(asked);
            objection.ifPresent(reasons::add);
            if (objection.isEmpty()) {
                signers.forEach(key -> digestByKey.putIfAbsent(key, claim.digest(asked)));
            }
        } catch (Statement.Useless e) {
            reasons.add(e.getMessage() + (e.isKeyless() ? ", and only signatures by a key are verified here" : ""));
        }
    }

    private TrustedKey key(String fingerprint) {
        TrustedKey key = keys.get(fingerprint);
        if (key == null) {
            throw new IllegalStateException("the policy names a key that was never read: " + fingerprint);
        }
        return key;
    }

    private static String refusal(SignatureRule.Require rule, int offered, Set<String> by, Set<String> reasons) {
        if (offered == 0) {
            return "it has no signature: sign it with cosign sign --key, and push the signature to the same repository";
        }
        List<String> missing = new ArrayList<>(rule.keys());
        missing.removeAll(by);
        String wanted = rule.all() ? "each of the keys must have signed, and there is no valid signature of " : "none is a valid one of ";
        String why = reasons.isEmpty() ? "" : "; " + String.join("; ", reasons.stream().limit(MOST_REASONS).toList());
        return "of its " + offered + (offered == 1 ? " signature " : " signatures ") + wanted + String.join(", ", missing) + why;
    }
}
