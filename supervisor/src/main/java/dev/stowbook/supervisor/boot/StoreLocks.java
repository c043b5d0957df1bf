package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.http.ImageLocks;
import dev.stowbook.supervisor.http.ImageUploads.UploadRefused;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.model.LockedImage;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.registry.Platforms;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import java.util.Optional;

/** Digests of images from their registries and from the content store. Workers only. */
final class StoreLocks implements ImageLocks {
    private final ContentStore store;
    private final RegistryClient registries;

    StoreLocks(ContentStore store, RegistryClient registries) {
        this.store = store;
        this.registries = registries;
    }

    @Override
    public Found resolve(String reference, String platform, Optional<Credential> login) throws RegistryException {
        ImageReference parsed = ImageReference.parse(reference);
        Repository.Resolved resolved = registries.pulling(parsed, login).resolve(parsed, Platforms.parse(platform));
        String manifest = resolved.image().digest().toString();
        Optional<String> index = Optional.of(resolved.named().toString()).filter(named -> !named.equals(manifest));
        return new Found(
                new LockedImage.Origin(parsed.canonical().name(), index, manifest), resolved.image().config().digest().toString());
    }

    @Override
    public String tree(StoredImage image) throws UploadRefused {
        try {
            return store.tree(image).toString();
        } catch (ImageException e) {
            throw new UploadRefused(e.code(), e.getMessage(), e);
        }
    }
}
