package dev.stowbook.supervisor.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Where a layer's tar comes from, plain or compressed in one of the ways of {@link Compression}.
 *
 * @param name for messages
 * @param digest what the digest of the bytes that the source gives must be, if anything says so
 * @param sizeBytes how many they must be, if anything says so
 * @param source opens it
 */
public record LayerBlob(String name, Optional<Digest> digest, Optional<Long> sizeBytes, Source source) {

    /**
     * Opens the stream. It is closed by who reads it. Asked a second time for tars that have a file twice, where what the first left cannot be
     * put together again from the files alone. A stream's {@link IOException} whose cause is an {@link ImageException} comes out as that.
     */
    @FunctionalInterface
    public interface Source {
        InputStream open() throws IOException, ImageException;
    }
}
