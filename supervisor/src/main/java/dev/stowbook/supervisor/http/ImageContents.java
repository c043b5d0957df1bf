package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Container;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** What lies in the content store, and images made of containers. Blocks: worker threads. */
public interface ImageContents {

    /** An image and what a saved copy of it is to be called. */
    record Named(StoredImage image, List<String> references) {}

    /**
     * Writes images as one tar, which is an OCI image layout.
     *
     * @param docker whether {@code docker load} is to read it as well
     */
    void save(List<Named> images, boolean docker, OutputStream out) throws ImageUploads.UploadRefused, IOException;

    /** An image's configuration as it came. */
    byte[] configuration(String image) throws ImageUploads.UploadRefused;

    /** Writes a container's root file system as a tar, without what is mounted in it. */
    void export(Container container, OutputStream out) throws ImageUploads.UploadRefused, IOException;

    /** What a committed image is to be. */
    record Commit(String reference, String author, String message, List<String> changes) {}

    /** Makes an image of what a container wrote on top of its own image. */
    ImageUploads.Upload commit(StoredImage image, Container container, Commit commit) throws ImageUploads.UploadRefused, IOException;
}
