package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Refetch;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import java.io.InputStream;
import java.util.Optional;

/** Pulls lost content of the store again, with the daemon's own logins. Workers only. */
public final class RegistryRefetch implements Refetch {
    private final RegistryClient registries;

    public RegistryRefetch(RegistryClient registries) {
        this.registries = registries;
    }

    @Override
    public InputStream layer(KnownBlob blob) throws ImageException {
        try {
            Descriptor descriptor = new Descriptor(blob.mediaType(), Digest.parse(blob.digest()), blob.sizeBytes());
            return new StoreStream(repository(blob.repository()).blob(descriptor));
        } catch (RegistryException e) {
            throw StoreStream.told(e);
        }
    }

    @Override
    public byte[] configuration(String repository, Digest image) throws ImageException {
        try {
            return repository(repository).document(image);
        } catch (RegistryException e) {
            throw StoreStream.told(e);
        }
    }

    private Repository repository(String name) throws RegistryException {
        return registries.pulling(ImageReference.parse(name), Optional.empty());
    }
}
