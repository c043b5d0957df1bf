package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.image.Arrivals;
import dev.stowbook.supervisor.image.ChainId;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageConfig;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.LayerBlob;
import dev.stowbook.supervisor.image.LayerProgress;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.Downloads;
import dev.stowbook.supervisor.registry.ManifestDocument;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import dev.stowbook.supervisor.registry.Transfers;
import dev.stowbook.supervisor.trust.ImageGate;
import dev.stowbook.supervisor.trust.TrustException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pull: the manifest, then the layers, fetched side by side and taken into the store in their order. On one worker. */
final class ImagePull {
    private static final Logger LOG = LoggerFactory.getLogger(ImagePull.class);

    private final long transfer;
    private final ImageReference reference;
    private final Platform platform;
    private final Optional<Digest> pinned;
    private final Repository repository;
    private final ImageGate gate;
    private final Downloads downloads;
    private final int parallel;
    private final Transfers.Transfer client;
    private final Consumer<TransferEvent> news;

    ImagePull(
            long transfer,
            ImageReference reference,
            Platform platform,
            Optional<Digest> pinned,
            Repository repository,
            ImageGate gate,
            Downloads downloads,
            int parallel,
            Transfers.Transfer client,
            Consumer<TransferEvent> news) {
        this.transfer = transfer;
        this.reference = reference;
        this.platform = platform;
        this.pinned = pinned;
        this.repository = repository;
        this.gate = gate;
        this.downloads = downloads;
        this.parallel = parallel;
        this.client = client;
        this.news = news;
    }

    /** What it came to: complete in the store, held by the arrivals. */
    record Pulled(StoredImage image, List<ImageReference> names, Digest digest, List<KnownBlob> origins, List<String> warnings) {}

    Pulled run(Arrivals arrivals) throws RegistryException, ImageException {
        Repository.Resolved resolved = repository.resolve(reference, platform);
        ManifestDocument.Image manifest = resolved.image();
        if (pinned.isPresent() && !pinned.get().equals(manifest.digest())) {
            throw new RegistryException(ErrorCode.CONFLICT, reference + " leads to the manifest " + manifest.digest() + " for " + platform + ", not to "
                    + pinned.get() + " as it must: nothing of it is taken");
        }
        Optional<ImageGate.Pass> pass = admitted(resolved);
        byte[] config = repository.document(manifest.config());
        List<Digest> diffIds = diffIds(config, manifest);
        news.accept(new TransferEvent.ManifestResolved(
                transfer, reference.toString(), resolved.named().toString(), manifest.digest().toString(), manifest.config().digest().toString(),
                manifest.layers().stream().map(layer -> layer.digest().toString()).toList(),
                manifest.config().sizeBytes() + manifest.layers().stream().mapToLong(Descriptor::sizeBytes).sum()));
        pass.ifPresent(why -> news.accept(new TransferEvent.SignaturesVerified(
                transfer, reference.toString(), manifest.config().digest().toString(), why.place(), why.trust().digests(), why.trust().keys())));
        layers(arrivals, manifest.layers(), diffIds);
        List<ImageReference> names = names(resolved);
        StoredImage image = arrivals.add(config, names);
        return new Pulled(image, names, resolved.named(), origins(manifest, diffIds), warnings(image));
    }

    /** A manifest that no index names does not say what it is for, and an index may say it wrongly: the configuration does. */
    private List<String> warnings(StoredImage image) {
        List<String> warnings = new ArrayList<>(repository.troubles());
        if (!image.os().equals(platform.os()) || !image.architecture().equals(platform.architecture())) {
            String warning = reference + " is an image for " + image.os() + "/" + image.architecture() + ", not for " + platform
                    + ": it was taken, since its registry has no other of that name; its programs do not run on " + platform + " without an emulator";
            LOG.warn("{}", warning);
            warnings.add(warning);
        }
        return warnings;
    }

    private Optional<ImageGate.Pass> admitted(Repository.Resolved resolved) throws RegistryException {
        try {
            return gate.admit(reference, resolved, repository);
        } catch (TrustException e) {
            throw new RegistryException(ErrorCode.DENIED, String.valueOf(e.getMessage()), e);
        }
    }

    private List<Digest> diffIds(byte[] config, ManifestDocument.Image manifest) throws ImageException {
        List<Digest> diffIds = ImageConfig.parse(config).diffIds();
        if (diffIds.size() != manifest.layers().size()) {
            throw new ImageException(ErrorCode.INVALID, "the image's configuration names " + diffIds.size() + " layers, but its manifest has "
                    + manifest.layers().size() + ": it is not taken");
        }
        return diffIds;
    }

    /** By tag, and by the digest that the tag named today; by its manifest alone if it was asked for by that, whatever the platform. */
    private List<ImageReference> names(Repository.Resolved resolved) {
        Digest named = pinned.isPresent() ? resolved.image().digest() : resolved.named();
        ImageReference byDigest = new ImageReference(reference.name(), Optional.empty(), Optional.of(named));
        return reference.digest().isPresent() || reference.tag().isEmpty()
                ? List.of(byDigest)
                : List.of(reference, byDigest);
    }

    private List<KnownBlob> origins(ManifestDocument.Image manifest, List<Digest> diffIds) {
        List<KnownBlob> origins = new ArrayList<>();
        for (int i = 0; i < diffIds.size(); i++) {
            Descriptor layer = manifest.layers().get(i);
            origins.add(new KnownBlob(
                    diffIds.get(i).toString(), layer.digest().toString(), layer.sizeBytes(), layer.mediaType(), reference.canonical().name()));
        }
        return origins;
    }

    private void layers(Arrivals arrivals, List<Descriptor> blobs, List<Digest> diffIds) throws RegistryException, ImageException {
        List<ChainId> chains = ChainId.ofStack(diffIds);
        List<Optional<StoredLayer>> known = new ArrayList<>();
        List<Descriptor> wanted = new ArrayList<>();
        for (int i = 0; i < blobs.size(); i++) {
            known.add(arrivals.find(chains.get(i)));
            boolean missing = known.get(i).isEmpty();
            client.listener().layer(blobs.get(i).digest().toString(), missing ? "waiting" : "exists", 0, blobs.get(i).sizeBytes());
            if (missing) {
                wanted.add(blobs.get(i));
            }
        }
        try (LayerFetches fetches = new LayerFetches(repository, downloads, wanted, parallel, client)) {
            Optional<StoredLayer> below = Optional.empty();
            for (int i = 0; i < blobs.size(); i++) {
                below = Optional.of(known.get(i).isPresent()
                        ? exists(blobs.get(i), known.get(i).get())
                        : take(arrivals, fetches, blobs.get(i), diffIds.get(i), below));
            }
        }
    }

    private StoredLayer exists(Descriptor blob, StoredLayer layer) {
        news.accept(new TransferEvent.LayerPulled(transfer, blob.digest().toString(), layer.diffId(), blob.sizeBytes(), true, 0));
        return layer;
    }

    private StoredLayer take(Arrivals arrivals, LayerFetches fetches, Descriptor blob, Digest diffId, Optional<StoredLayer> below)
            throws ImageException {
        long begun = System.nanoTime();
        String name = blob.digest().toString();
        boolean[] made = new boolean[1];
        LayerProgress progress = (layer, state, bytes) -> {
            made[0] |= state == LayerProgress.State.DONE;
            if (state == LayerProgress.State.EXISTS) {
                client.listener().layer(name, "exists", 0, blob.sizeBytes());
            }
        };
        // The fetches verify digest and size over the bytes as they come; once is enough.
        LayerBlob source = new LayerBlob(name, Optional.empty(), Optional.empty(), () -> fetches.open(blob));
        StoredLayer layer = taken(fetches, blob, () -> arrivals.take(source, diffId, below, progress));
        fetches.done(blob);
        client.listener().layer(name, made[0] ? "done" : "exists", blob.sizeBytes(), blob.sizeBytes());
        news.accept(new TransferEvent.LayerPulled(
                transfer, name, diffId.toString(), blob.sizeBytes(), !made[0], (System.nanoTime() - begun) / 1000));
        return layer;
    }

    /** Takes a layer in. */
    private interface Taking {
        StoredLayer run() throws ImageException;
    }

    /** What breaks off at somebody else's registry, or by somebody else's login, need not do so here. */
    private static StoredLayer taken(LayerFetches fetches, Descriptor blob, Taking taking) throws ImageException {
        while (true) {
            try {
                return taking.run();
            } catch (ImageException e) {
                if (!fetches.again(blob)) {
                    throw e;
                }
            }
        }
    }
}
