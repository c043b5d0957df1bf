package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.VolumeSpec.HostPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Paths of the host that pods mount: there, and of the type that was asked for. Links are followed, as the host's root set them. */
final class HostPaths {
    private static final int TYPE = 0170000;
    private static final int SOCKET = 0140000;
    private static final int BLOCK = 0060000;
    private static final int CHARACTER = 0020000;

    private HostPaths() {}

    static MountSource find(HostPath wanted) throws StartFailure, IOException {
        Path path = Path.of(wanted.path());
        if (!Files.exists(path)) {
            make(wanted, path);
        }
        String kind = kind(path);
        String expected = switch (wanted.type()) {
            case ANY -> kind;
            case DIRECTORY, DIRECTORY_OR_CREATE -> "a directory";
            case FILE, FILE_OR_CREATE -> "a file";
            case SOCKET -> "a socket";
            case CHAR_DEVICE -> "a character device";
            case BLOCK_DEVICE -> "a block device";
        };
        if (!kind.equals(expected)) {
            throw failure(path + " on the host is " + kind + ", not " + expected + " as hostPath.type says");
        }
        return new MountSource(path.toString(), false);
    }

    private static void make(HostPath wanted, Path path) throws StartFailure, IOException {
        switch (wanted.type()) {
            case DIRECTORY_OR_CREATE -> {
                Files.createDirectories(path);
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            case FILE_OR_CREATE -> {
                Files.createFile(path);
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
            }
            case ANY, DIRECTORY, FILE, SOCKET, CHAR_DEVICE, BLOCK_DEVICE -> throw failure(path
                    + " does not exist on the host; make it, or say hostPath.type: DirectoryOrCreate or FileOrCreate");
        }
    }

    private static String kind(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return "a directory";
        }
        if (Files.isRegularFile(path)) {
            return "a file";
        }
        return switch ((int) Files.getAttribute(path, "unix:mode") & TYPE) {
            case SOCKET -> "a socket";
            case CHARACTER -> "a character device";
            case BLOCK -> "a block device";
            default -> "a pipe";
        };
    }

    private static StartFailure failure(String sentence) {
        return new StartFailure("hostPath", 0, 128, sentence);
    }
}
