package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Brings uploaded images into the content store. Blocks: worker threads. */
public interface ImageUploads {

    /**
     * Stores a root file system as an image of one layer.
     *
     * @param tar plain, gzip, bzip2, xz or zstd; the caller's, who removes it afterwards
     * @param reference what it is to be called
     * @throws UploadRefused if the tar is not what it should be
     * @throws IOException if the disk fails or is full
     */
    Upload importRootfs(Path tar, String reference) throws UploadRefused, IOException;

    /**
     * Stores the images of an OCI layout or docker-archive.
     *
     * @param tar plain, gzip, bzip2, xz or zstd; the caller's
     * @param progress told of every layer; on the calling thread
     */
    Upload load(Path tar, Consumer<LayerProgress> progress) throws UploadRefused, IOException;

    /**
     * Content that is complete in the store. Until it is closed nobody removes it as garbage; closed before it is registered, it goes. Any thread;
     * closing blocks.
     */
    interface Upload extends AutoCloseable {

        /** What to enter into the book. */
        List<ImageCommand.Arrival> arrivals();

        /** The book has it, durably. */
        void registered();

        @Override
        void close();
    }

    /** {@code layer} is its DiffID, {@code state} is applying, done or exists. */
    record LayerProgress(String layer, String state, long bytes) {}

    /** The upload is not what it should be; the message says where and what to do. */
    final class UploadRefused extends Exception {
        private static final long serialVersionUID = 1L;

        private final ErrorCode code;

        public UploadRefused(String message) {
            super(message);
            this.code = ErrorCode.INVALID;
        }

        public UploadRefused(ErrorCode code, String message, Throwable cause) {
            super(message, cause);
            this.code = code;
        }

        /** What kind of refusal: most are the tar's fault, a full disk is not. */
        public ErrorCode code() {
            return code;
        }
    }
}
