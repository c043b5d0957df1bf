package dev.stowbook.linux.layer;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.TreeCopy;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies an overlay layer into an empty directory, as a layer that needs neither metacopy nor redirects: data is shared where the file system
 * can, holes stay holes, further names stay hard links. Sockets are left out. Makes one copy, on one thread.
 */
public final class OverlayCopy implements OverlayWalk.Visitor {
    private static final byte[] YES = {'y'};

    private final FileCalls files;
    private final TreeCopy copy;
    private final int rootFd;
    private final Map<Long, String> linked = new HashMap<>();
    private final Deque<Made> directories = new ArrayDeque<>();

    private record Made(String path, FileStatus like) {}

    private OverlayCopy(FileCalls files, int rootFd) {
        this.files = files;
        this.copy = new TreeCopy(files, name -> !name.startsWith(LowerLayers.OVERLAY_XATTR_PREFIX));
        this.rootFd = rootFd;
    }

    /**
     * Copies a layer.
     *
     * @param layerFd its directory
     * @param lower the layers below it
     * @param toFd the empty directory
     */
    public static void copy(FileCalls files, int layerFd, LowerLayers lower, int toFd) throws IOException, LinuxException {
        OverlayCopy copy = new OverlayCopy(files, toFd);
        new OverlayWalk(files, lower).walk(layerFd, copy);
        copy.finish();
    }

    @Override
    public void present(OverlayWalk.Place place, String path, FileStatus status, OverlayWalk.Place data) throws LinuxException {
        switch (status.type()) {
            case FileStatus.S_IFDIR -> {
                if (!path.isEmpty()) {
                    files.mkdir(rootFd, path, 0700);
                }
                directories.push(new Made(path, status));
            }
            case FileStatus.S_IFREG -> {
                String first = status.links() > 1 ? linked.putIfAbsent(status.inode(), path) : null;
                if (first != null) {
                    files.link(rootFd, first, rootFd, path);
                    return;
                }
                copy.copyRegular(data.dirFd(), data.path(), place.dirFd(), place.path(), rootFd, path, status);
                return;
            }
            case FileStatus.S_IFLNK -> files.symlink(files.readLink(place.dirFd(), place.path()), rootFd, path);
            case FileStatus.S_IFCHR, FileStatus.S_IFBLK, FileStatus.S_IFIFO ->
                files.mknod(rootFd, path, status.mode(), status.rdevMajor(), status.rdevMinor());
            default -> {
                return; // a socket means nothing without the process that listened on it
            }
        }
        copy.copyAttributes(place.dirFd(), place.path(), rootFd, path, status);
    }

    @Override
    public void deleted(String path) throws LinuxException {
        files.mknod(rootFd, path, FileStatus.S_IFCHR, 0, 0);
    }

    @Override
    public void opaque(String path) throws LinuxException {
        files.setXattr(rootFd, path, LowerLayers.OPAQUE_XATTR, YES);
    }

    /** Making files in a directory changed its time. */
    private void finish() throws LinuxException {
        for (Made made : directories) {
            if (made.path().isEmpty()) {
                files.setTimes(rootFd, made.like().mtimeSeconds(), made.like().mtimeNanos());
            } else {
                files.setTimes(rootFd, made.path(), made.like().mtimeSeconds(), made.like().mtimeNanos());
            }
        }
    }
}
