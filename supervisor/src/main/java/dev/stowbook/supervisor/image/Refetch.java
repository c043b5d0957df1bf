package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.KnownBlob;
import java.io.IOException;
import java.io.InputStream;

/** Gets content that was lost again from where it came. Blocks. What comes is verified by who asked. */
public interface Refetch {

    /** Opens a layer's blob. */
    InputStream layer(KnownBlob blob) throws IOException, ImageException;

    /** An image's configuration, from a repository that has its layers. */
    byte[] configuration(String repository, Digest image) throws IOException, ImageException;

    /** For who knows no registry. */
    static Refetch none() {
        return new Refetch() {
            @Override
            public InputStream layer(KnownBlob blob) throws ImageException {
                throw new ImageException(ErrorCode.UNAVAILABLE, "it cannot be pulled again from " + blob.repository());
            }

            @Override
            public byte[] configuration(String repository, Digest image) throws ImageException {
                throw new ImageException(ErrorCode.UNAVAILABLE, "it cannot be pulled again from " + repository);
            }
        };
    }
}
