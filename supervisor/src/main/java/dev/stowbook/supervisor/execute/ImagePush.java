package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.PushManifest;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import dev.stowbook.supervisor.registry.Transfers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One push: what the registry has is left where it is, what another repository of it has is mounted, the rest is sent, a few layers side by
 * side; then the manifest, which names them in their order. On one worker and threads of its own.
 */
final class ImagePush {
    private final ContentStore store;
    private final ImageReference reference;
    private final StoredImage image;
    private final List<KnownBlob> known;
    private final Transfers.Transfer client;
    private final String registry;
    private final Repository repository;
    private final int parallel;

    ImagePush(
            ContentStore store, RegistryClient registries, ImageReference reference, StoredImage image, List<KnownBlob> known, Transfers.Transfer client)
            throws RegistryException {
        this.store = store;
        this.reference = reference;
        this.image = image;
        this.client = client;
        this.parallel = registries.settings().parallelUploads();
        this.registry = RegistryClient.registryOf(reference);
        this.known = known.stream().filter(origin -> registryOf(origin).equals(registry)).toList();
        this.repository = registries.pushing(
                reference, client.credential(), this.known.stream().map(ImagePush::pathOf).distinct().toList());
    }

    /** What it came to. */
    record Pushed(Digest digest, List<KnownBlob> layers, long sentBytes) {}

    Pushed run() throws RegistryException, ImageException {
        byte[] config = store.configuration(Digest.parse(image.id()))
                .orElseThrow(() -> new ImageException(ErrorCode.INTERNAL, "the configuration of the image " + image.id() + " is lost: see 'stowbook fsck'"));
        if (reference.digest().isPresent()) {
            throw new RegistryException(ErrorCode.INVALID, reference + " names a digest, which comes of what is pushed: push a tag");
        }
        Map<String, LayerUploads.Sent> sent = LayerUploads.all(image.layers(), parallel, this::layer);
        List<Descriptor> layers = new ArrayList<>();
        List<KnownBlob> origins = new ArrayList<>();
        for (StoredLayer layer : image.layers()) {
            Descriptor blob = Objects.requireNonNull(sent.get(layer.diffId())).blob();
            layers.add(blob);
            origins.add(new KnownBlob(layer.diffId(), blob.digest().toString(), blob.sizeBytes(), blob.mediaType(), reference.canonical().name()));
        }
        long sentBytes = sent.values().stream().mapToLong(LayerUploads.Sent::bytes).sum();
        if (!repository.has(Digest.of(config))) {
            repository.upload(config);
            sentBytes += config.length;
        }
        PushManifest manifest = PushManifest.of(config, layers);
        Digest digest = repository.put(manifest.bytes(), manifest.mediaType(), reference.tag().orElse("latest"));
        return new Pushed(digest, origins, sentBytes);
    }

    private LayerUploads.Sent layer(StoredLayer layer) throws RegistryException, ImageException {
        for (KnownBlob origin : known) {
            if (origin.diffId().equals(layer.diffId())) {
                Optional<Descriptor> there = there(origin);
                if (there.isPresent()) {
                    return new LayerUploads.Sent(there.get(), 0);
                }
            }
        }
        Descriptor sent = new LayerUpload(store, layer, client).run(repository);
        return new LayerUploads.Sent(sent, sent.sizeBytes());
    }

    private Optional<Descriptor> there(KnownBlob origin) throws RegistryException {
        Digest digest = Digest.parse(origin.digest());
        String state = "exists";
        if (!repository.has(digest)) {
            boolean elsewhere = !pathOf(origin).equals(RegistryClient.pathOf(reference));
            if (!elsewhere || !repository.mount(digest, pathOf(origin))) {
                return Optional.empty();
            }
            state = "mounted";
        }
        client.listener().layer(origin.digest(), state, origin.sizeBytes(), origin.sizeBytes());
        return Optional.of(new Descriptor(origin.mediaType(), digest, origin.sizeBytes()));
    }

    private static String registryOf(KnownBlob origin) {
        return origin.repository().substring(0, origin.repository().indexOf('/'));
    }

    private static String pathOf(KnownBlob origin) {
        return origin.repository().substring(origin.repository().indexOf('/') + 1);
    }
}
