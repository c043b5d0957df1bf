package dev.stowbook.linux.file;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;

/**
 * Finds files below a directory that is taken for the root, as a process in chroot(2) would, and never outside: the kernel resolves links
 * and {@code ..} within it in one call (openat2(2), RESOLVE_IN_ROOT), however names are exchanged meanwhile. Stateless, any thread.
 */
public final class RootedPath {
    private static final long IN_ROOT = FileCalls.RESOLVE_IN_ROOT | FileCalls.RESOLVE_NO_MAGICLINKS;
    private static final int MAX_LINKS = 40;

    private RootedPath() {}

    /**
     * Opens a file as a mere name (O_PATH): nothing is read, no device or pipe notices.
     *
     * @param rootFd the directory that is the root
     * @param path raw; absolute or relative to the root
     * @param follow whether a symbolic link that is the last component is followed; with a slash behind it, it is anyway
     * @throws LinuxException ENOENT, ENOTDIR, ELOOP for too many links, or whatever openat2(2) says
     */
    public static Fd find(FileCalls files, int rootFd, String path, boolean follow) throws LinuxException {
        String at = path.isEmpty() ? "." : path;
        for (int links = 0; links <= MAX_LINKS; links++) {
            Fd found = files.open(rootFd, at, LibC.O_PATH, 0, IN_ROOT);
            try {
                if (!follow || !files.status(found.number()).isSymlink()) {
                    return found;
                }
                String target = files.readLink(found.number(), "");
                at = target.startsWith("/") ? target : at.substring(0, at.lastIndexOf('/') + 1) + target;
            } catch (LinuxException e) {
                found.close();
                throw e;
            }
            found.close();
        }
        throw new LinuxException(Errno.ELOOP, "openat2", RawPath.display(path));
    }

    /** Opens a directory for reading that was found as a mere name. @throws LinuxException ENOTDIR if it is none */
    public static Fd directory(FileCalls files, Fd found) throws LinuxException {
        return files.open(found.number(), ".", LibC.O_RDONLY | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS);
    }
}
