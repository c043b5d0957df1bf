package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.model.LockedImage;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.registry.RegistryException;
import java.util.Optional;

/** Finds what a lock file says of images. Blocks: worker threads. */
public interface ImageLocks {

    /**
     * What a reference leads to at its registry.
     *
     * @param config the digest of the image's configuration, its id
     */
    record Found(LockedImage.Origin origin, String config) {}

    /** Asks a registry; fetches no layers. */
    Found resolve(String reference, String platform, Optional<Credential> login) throws RegistryException;

    /** The digest of an image's merged tree; reads all its files. */
    String tree(StoredImage image) throws ImageUploads.UploadRefused;
}
