package dev.stowbook.linux.layer;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** A layer that holds a full copy of what lies below: what is deleted is removed, but never what the same tar brought. */
final class PlainDeletions implements Deletions {
    private final FileCalls files;
    private final Trees trees;
    private final Set<String> own = new HashSet<>();
    /** Directories in which nothing from below is left. */
    private final Set<String> emptied = new HashSet<>();

    PlainDeletions(FileCalls files) {
        this.files = files;
        this.trees = new Trees(files);
    }

    @Override
    public void delete(LayerTree tree, LayerTree.Directory parent, String name) throws LinuxException {
        Optional<FileStatus> status = files.statusIfPresent(parent.fd(), name);
        if (status.isPresent()) {
            removeLower(parent.fd(), name, RawPath.join(parent.path(), name), status.get());
        }
    }

    @Override
    public void deleteChildren(LayerTree tree, LayerTree.Directory directory) throws LinuxException {
        if (!emptied.add(directory.path())) {
            return; // what lay below is gone and cannot come back
        }
        for (String name : files.names(directory.fd())) {
            removeLower(directory.fd(), name, RawPath.join(directory.path(), name), files.status(directory.fd(), name));
        }
    }

    private void removeLower(int dirFd, String name, String path, FileStatus status) throws LinuxException {
        if (!own.contains(path)) {
            trees.remove(dirFd, name);
        } else if (status.isDirectory() && emptied.add(path)) {
            try (Fd below = trees.openDirectory(dirFd, name)) {
                for (String child : files.names(below.number())) {
                    removeLower(below.number(), child, RawPath.join(path, child), files.status(below.number(), child));
                }
            }
        }
    }

    @Override
    public boolean isOwn(String path) {
        return own.contains(path);
    }

    @Override
    public void made(String path) {
        // The directories on the way to it are this layer's as well.
        for (String at = path; !at.isEmpty() && own.add(at); at = RawPath.parent(at)) {}
    }

    @Override
    public Optional<LowerLayers.Found> below(String path) {
        return Optional.empty();
    }

    @Override
    public String readLink(LowerLayers.Found link) {
        throw new IllegalStateException("nothing lies below a full copy");
    }

    @Override
    public void copyAttributes(LowerLayers.Found from, LayerTree.Directory parent, String name) {
        throw new IllegalStateException("nothing lies below a full copy");
    }

    @Override
    public void afterWhiteout(LayerTree.Directory parent, String name) {
        // the lower one is gone already
    }
}
