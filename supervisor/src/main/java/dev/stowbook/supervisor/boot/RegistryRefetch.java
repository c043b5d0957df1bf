package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Refetch;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Pulls lost content of the store again, with the daemon's own logins. Workers only. */
final class RegistryRefetch implements Refetch {
    private final RegistryClient registries;

    RegistryRefetch(RegistryClient registries) {
        this.registries = registries;
    }

    @Override
    public InputStream layer(KnownBlob blob) throws ImageException {
        try {
            Descriptor descriptor = new Descriptor(blob.mediaType(), Digest.parse(blob.digest()), blob.sizeBytes());
            return new Told(repository(blob.repository()).blob(descriptor));
        } catch (RegistryException e) {
            throw told(e);
        }
    }

    @Override
    public byte[] configuration(String repository, Digest image) throws ImageException {
        try {
            return repository(repository).document(image);
        } catch (RegistryException e) {
            throw told(e);
        }
    }

    private Repository repository(String name) throws RegistryException {
        return registries.pulling(ImageReference.parse(name), Optional.empty());
    }

    private static ImageException told(RegistryException e) {
        return new ImageException(e.code(), String.valueOf(e.getMessage()), e);
    }

    /** Says what is wrong in the store's way. */
    private static final class Told extends FilterInputStream {
        Told(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return super.read(bytes, offset, length);
            } catch (IOException e) {
                ImageException reason = told(Repository.reason(e));
                throw new IOException(reason.getMessage(), reason);
            }
        }
    }
}
