package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import java.time.Duration;

/** Facts about images, builds and transfers in words. */
final class ContentSentences {
    private ContentSentences() {}

    static String build(Fact fact, BuildEvent event) {
        return switch (event) {
            case BuildEvent.BuildStarted e -> "is built from " + e.spec().dockerfile() + Sentences.who(fact);
            case BuildEvent.BuildStepStarted e -> "step " + e.number() + "/" + e.total() + " begins: " + e.instruction();
            case BuildEvent.BuildStepDone e -> "step " + e.number() + " of build " + e.build() + ", " + e.instruction() + ": "
                    + (e.cached() ? "made before" : "done in " + Sentences.seconds(Duration.ofNanos(e.tookMicros() * 1000)))
                    + e.layer().map(layer -> ", layer " + layer).orElse("");
        };
    }

    static String transfer(Fact fact, TransferEvent event) {
        return switch (event) {
            case TransferEvent.PullStarted e -> e.reference() + " is pulled for " + e.platform() + Sentences.who(fact);
            case TransferEvent.ManifestResolved e -> e.reference() + " leads to " + e.digest() + ", " + layers(e.layers().size()) + " with " + e.sizeBytes() + " bytes";
            case TransferEvent.SignaturesVerified e -> "signed as " + e.reference() + " by key " + String.join(" and ", e.keys()) + ", as the policy for "
                    + place(e.place()) + " requires; signed was " + String.join(" and ", e.digests());
            case TransferEvent.LayerPulled e -> "layer " + e.digest() + (e.known() ? " was there" : " was fetched");
            case TransferEvent.ImagePulled e -> "pulled as " + e.reference() + ", then " + e.digest();
            case TransferEvent.PullFailed e -> e.reference() + " could not be pulled: " + e.message();
            case TransferEvent.PushStarted e -> "is pushed as " + e.reference() + Sentences.who(fact);
            case TransferEvent.ImagePushed e -> "was pushed as " + e.reference() + ", there " + e.digest() + ", " + e.sentBytes() + " bytes had to be sent";
            case TransferEvent.PushFailed e -> "could not be pushed as " + e.reference() + ": " + e.message();
        };
    }

    static String image(Fact fact, ImageEvent event) {
        return switch (event) {
            case ImageEvent.ImageRegistered e -> "entered from " + e.origin() + Sentences.who(fact);
            case ImageEvent.BlobsKnown e -> layers(e.blobs().size()) + " known to be in " + e.blobs().getFirst().repository() + Sentences.who(fact);
            case ImageEvent.ImageTagged e -> "called " + e.reference() + Sentences.who(fact);
            case ImageEvent.TreeDigested e -> "its files, merged, have the digest " + e.tree();
            case ImageEvent.SignaturePolicyOverridden e -> "called " + e.reference() + " although the policy for " + place(e.place())
                    + (e.rule().equals("reject") ? " rejects it" : " requires a signature") + Sentences.who(fact);
            case ImageEvent.ImageUntagged e -> "no longer called " + e.reference() + Sentences.who(fact);
            case ImageEvent.ImageRemoving e -> "is to go, with " + layers(e.layers().size()) + " of its own" + Sentences.who(fact);
        };
    }

    private static String layers(int count) {
        return count + (count == 1 ? " layer" : " layers");
    }

    private static String place(String prefix) {
        return prefix.isEmpty() ? "all repositories" : prefix;
    }
}
