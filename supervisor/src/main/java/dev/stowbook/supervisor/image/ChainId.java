package dev.stowbook.supervisor.image;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Names a layer together with all below it (OCI image-spec, config.md, "Layer ChainID"): that of a base layer is its DiffID, that of another is
 * the digest of the ChainID below, a space and its DiffID.
 *
 * @param digest the digest
 */
public record ChainId(Digest digest) {

    /** Parses {@code sha256:<64 hex>}. @throws IllegalArgumentException with a sentence, if it has another form */
    public static ChainId parse(String text) {
        return new ChainId(Digest.parse(text));
    }

    /** The chain of a layer on top of another, or of a base layer. */
    public static ChainId of(Optional<ChainId> below, Digest diffId) {
        return below.map(chain -> new ChainId(Digest.of((chain + " " + diffId).getBytes(StandardCharsets.US_ASCII))))
                .orElseGet(() -> new ChainId(diffId));
    }

    /** The chains of a stack of layers, base first. */
    public static List<ChainId> ofStack(List<Digest> diffIds) {
        List<ChainId> chains = new ArrayList<>();
        Optional<ChainId> below = Optional.empty();
        for (Digest diffId : diffIds) {
            ChainId chain = of(below, diffId);
            chains.add(chain);
            below = Optional.of(chain);
        }
        return chains;
    }

    @Override
    public String toString() {
        return digest.toString();
    }
}
