package dev.stowbook.linux.layer;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.TreeCopy;
import dev.stowbook.linux.file.Trees;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Overlay's marks (overlayfs.rst): a character device 0:0 for a deleted name, {@code trusted.overlay.opaque=y} for a directory that hides
 * the lower ones. Marks are set only where they hide something: one in a directory that is not merged would be seen by the container.
 */
final class OverlayDeletions implements Deletions {
    private static final byte[] YES = {'y'};

    private final FileCalls files;
    private final LowerLayers lower;
    private final Trees trees;
    private final Set<String> opaque = new HashSet<>();

    OverlayDeletions(FileCalls files, LowerLayers lower) {
        this.files = files;
        this.lower = lower;
        this.trees = new Trees(files);
    }

    @Override
    public void delete(LayerTree tree, LayerTree.Directory parent, String name) throws LinuxException {
        String path = RawPath.join(parent.path(), name);
        Optional<LowerLayers.Found> below = below(path);
        if (below.isEmpty()) {
            return;
        }
        Optional<FileStatus> own = files.statusIfPresent(parent.fd(), name);
        if (own.isEmpty()) {
            files.mknod(parent.fd(), name, FileStatus.S_IFCHR, 0, 0);
        } else if (own.get().isDirectory()) {
            makeOpaque(parent.fd(), name, path);
        }
    }

    @Override
    public void deleteChildren(LayerTree tree, LayerTree.Directory directory) throws LinuxException {
        if (!opaque.contains(directory.path()) && below(directory.path()).isPresent()) {
            makeOpaque(directory.fd(), "", directory.path());
        }
    }

    private void makeOpaque(int dirFd, String name, String path) throws LinuxException {
        if (!opaque.add(path)) {
            return; // said before; a tar that says it for ever must not cost a walk each time
        }
        files.setXattr(dirFd, name, LowerLayers.OPAQUE_XATTR, YES);
        try (var directory = trees.openDirectory(dirFd, name.isEmpty() ? "." : name)) {
            trees.walk(directory.number(), (fd, child, childPath, status) -> {
                if (status.isWhiteout()) {
                    files.unlink(fd, child); // hides nothing any more
                }
                return true;
            });
        }
    }

    @Override
    public boolean isOwn(String path) {
        return true;
    }

    @Override
    public void made(String path) {
        // whatever stands in the directory is this layer's
    }

    @Override
    public Optional<LowerLayers.Found> below(String path) throws LinuxException {
        if (opaque.contains("")) {
            return Optional.empty();
        }
        if (!opaque.isEmpty()) {
            for (String at = RawPath.parent(path); !at.isEmpty(); at = RawPath.parent(at)) {
                if (opaque.contains(at)) {
                    return Optional.empty();
                }
            }
        }
        return lower.find(path);
    }

    @Override
    public String readLink(LowerLayers.Found link) throws LinuxException {
        return files.readLink(link.layerFd(), link.path());
    }

    @Override
    public void copyAttributes(LowerLayers.Found from, LayerTree.Directory parent, String name) throws LinuxException {
        new TreeCopy(files).copyAttributes(from.layerFd(), from.path(), parent.fd(), name, from.status());
        if (files.xattr(parent.fd(), name, LowerLayers.OPAQUE_XATTR).isPresent()) {
            files.removeXattr(parent.fd(), name, LowerLayers.OPAQUE_XATTR);
        }
    }

    @Override
    public void afterWhiteout(LayerTree.Directory parent, String name) throws LinuxException {
        files.setXattr(parent.fd(), name, LowerLayers.OPAQUE_XATTR, YES);
        opaque.add(RawPath.join(parent.path(), name));
    }
}
