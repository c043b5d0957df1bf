package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.SignaturePolicy;
import dev.stowbook.supervisor.model.SignatureRule;

/** Holds names that are given here, not by a registry, against the signature policy: nobody has verified a signature of what gets them. */
final class Naming {
    private Naming() {}

    /** Refuses a name, or notes that it is given all the same. A name that the image has already is no news. */
    static void allow(Draft draft, String reference, String image, boolean insecurePolicy) {
        if (image.equals(draft.state().references().get(Images.normalised(reference)))) {
            return;
        }
        SignaturePolicy.Found found = draft.settings().signatures().ruleOf(reference);
        switch (found.rule()) {
            case SignatureRule.Accept() -> {
                // any name will do
            }
            case SignatureRule.Reject() -> override(draft, reference, image, insecurePolicy, found.place(), "reject");
            case SignatureRule.Require rule -> override(draft, reference, image, insecurePolicy, found.place(), "require");
        }
    }

    /** Refuses a name for what is to be built, before the work and not after it. */
    static void allowBuilt(Draft draft, String reference) {
        SignaturePolicy.Found found = draft.settings().signatures().ruleOf(reference);
        switch (found.rule()) {
            case SignatureRule.Accept() -> {
                // any name will do
            }
            case SignatureRule.Reject() -> refuseBuilt(reference, found.place());
            case SignatureRule.Require rule -> refuseBuilt(reference, found.place());
        }
    }

    private static void refuseBuilt(String reference, String place) {
        throw Draft.reject(ErrorCode.DENIED, policyFor(place) + " does not let what is built here have the name " + Images.normalised(reference)
                + ": build it under another; 'stowbook image tag --insecure-policy' can give it this one then, which the book records");
    }

    /** Refuses to ask a registry for what would not be taken. */
    static void refuseRejected(Draft draft, String reference) {
        SignaturePolicy.Found found = draft.settings().signatures().ruleOf(reference);
        if (found.rule() instanceof SignatureRule.Reject) {
            throw Draft.reject(ErrorCode.DENIED, policyFor(found.place()) + " rejects " + reference + ": it is not pulled");
        }
    }

    private static String policyFor(String place) {
        return "the signature policy for " + (place.isEmpty() ? "all repositories" : place);
    }

    private static void override(Draft draft, String reference, String image, boolean insecurePolicy, String place, String rule) {
        String name = Images.normalised(reference);
        if (!insecurePolicy) {
            throw Draft.reject(ErrorCode.DENIED, policyFor(place)
                    + (rule.equals("reject") ? " rejects images of the name " + name + ": choose another name"
                            : " requires signatures, and a signature is verified only by a pull: pull " + name + ", choose another name")
                    + ", or give it with --insecure-policy, which the book records");
        }
        draft.emit(new ImageEvent.SignaturePolicyOverridden(image, name, place, rule));
    }
}
