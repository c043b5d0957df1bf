package dev.stowbook.supervisor.image;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.DriverException;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;

/** Work on the store, whose failures come out as one kind with one sentence. */
interface StoreWork<T> {
    T run() throws IOException, DriverException, LinuxException, ImageException;

    /** Runs it. */
    static <T> T guarded(StoreWork<T> work) throws ImageException {
        try {
            return work.run();
        } catch (DriverException e) {
            throw failed(e);
        } catch (LinuxException e) {
            throw new ImageException(ErrorCode.INTERNAL, "the image store failed: " + e.getMessage(), e);
        } catch (IOException e) {
            if (e.getCause() instanceof ImageException known) {
                throw known;
            }
            String message = String.valueOf(e.getMessage());
            boolean full = message.contains("No space left on device") || message.contains("Disk quota exceeded");
            throw new ImageException(
                    full ? ErrorCode.DISK_FULL : ErrorCode.INTERNAL,
                    full ? "the disk of the daemon's root is full: make room, then try again" : "the image store failed: " + message,
                    e);
        }
    }

    /** What a driver's failure means for an image. */
    static ImageException failed(DriverException e) {
        ErrorCode code = switch (e.code()) {
            case CORRUPT, INVALID -> ErrorCode.INVALID;
            case NO_SPACE -> ErrorCode.DISK_FULL;
            case UNAVAILABLE, BUSY -> ErrorCode.UNAVAILABLE;
            case UNSUPPORTED -> ErrorCode.UNSUPPORTED;
            case NOT_FOUND, FOREIGN, IN_USE, DENIED, UNKNOWN, IO -> ErrorCode.INTERNAL;
        };
        return new ImageException(code, "the graph driver failed: " + e.getMessage(), e);
    }
}
