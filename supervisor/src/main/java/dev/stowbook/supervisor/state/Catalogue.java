package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.model.ImageOrigin;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * What is known of images beside their content.
 *
 * @param origins how each image came, by its id
 * @param blobs where layers are in registries, by DiffID; oldest first, each digest and repository once
 * @param trees digests of merged trees, by image
 * @param transfers pulls and pushes under way, by the sequence of their intent
 */
public record Catalogue(
        PSortedMap<String, ImageOrigin> origins,
        PSortedMap<String, List<KnownBlob>> blobs,
        PSortedMap<String, String> trees,
        PSortedMap<Long, Transfer> transfers) {

    /** A pull or push under way. */
    public record Transfer(long sequence, boolean push, String reference) {}

    /** Nothing is known. */
    public static Catalogue empty() {
        return new Catalogue(TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), TreePMap.empty());
    }

    /** What a registry's blob unpacks to, if one that unpacks to it has come. */
    public Optional<String> diffIdOf(String blobDigest) {
        return blobs.values().stream().flatMap(List::stream).filter(blob -> blob.digest().equals(blobDigest)).map(KnownBlob::diffId).findFirst();
    }

    /** Where a layer is in registries. */
    public List<KnownBlob> of(String diffId) {
        return blobs.getOrDefault(diffId, List.of());
    }

    Catalogue registered(String image, ImageOrigin origin) {
        return origins.containsKey(image) ? this : new Catalogue(origins.plus(image, origin), blobs, trees, transfers);
    }

    Catalogue with(List<KnownBlob> more) {
        PSortedMap<String, List<KnownBlob>> next = blobs;
        for (KnownBlob blob : more) {
            List<KnownBlob> known = new ArrayList<>(next.getOrDefault(blob.diffId(), List.of()));
            known.removeIf(other -> other.digest().equals(blob.digest()) && other.repository().equals(blob.repository()));
            known.add(blob);
            next = next.plus(blob.diffId(), List.copyOf(known));
        }
        return new Catalogue(origins, next, trees, transfers);
    }

    Catalogue digested(String image, String tree) {
        return new Catalogue(origins, blobs, trees.plus(image, tree), transfers);
    }

    /** An image is gone, and with it what is known of layers that no other image has. */
    Catalogue without(String image, List<StoredLayer> layers, PSortedMap<String, StoredImage> left) {
        PSortedMap<String, List<KnownBlob>> next = blobs;
        for (StoredLayer layer : layers) {
            boolean used = left.values().stream().anyMatch(other -> other.layers().stream().anyMatch(l -> l.diffId().equals(layer.diffId())));
            next = used ? next : next.minus(layer.diffId());
        }
        return new Catalogue(origins.minus(image), next, trees.minus(image), transfers);
    }

    Catalogue apply(TransferEvent event, long sequence) {
        return switch (event) {
            case TransferEvent.PullStarted e -> begun(new Transfer(sequence, false, e.reference()));
            case TransferEvent.PushStarted e -> begun(new Transfer(sequence, true, e.reference()));
            case TransferEvent.ManifestResolved e -> this;
            case TransferEvent.SignaturesVerified e -> this;
            case TransferEvent.LayerPulled e -> this;
            case TransferEvent.ImagePulled e -> over(e.transfer());
            case TransferEvent.ImagePushed e -> over(e.transfer());
            case TransferEvent.PullFailed e -> over(e.transfer());
            case TransferEvent.PushFailed e -> over(e.transfer());
        };
    }

    private Catalogue begun(Transfer transfer) {
        return new Catalogue(origins, blobs, trees, transfers.plus(transfer.sequence(), transfer));
    }

    private Catalogue over(long transfer) {
        return new Catalogue(origins, blobs, trees, transfers.minus(transfer));
    }
}
