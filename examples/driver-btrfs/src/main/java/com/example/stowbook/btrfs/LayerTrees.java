package com.example.stowbook.btrfs;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.layer.LayerStore;
import java.util.OptionalLong;

/** The trees of layers: subvolumes called {@code diff} in the layers' directories. Any thread. */
final class LayerTrees {
    private final FileCalls files;
    private final Trees trees;
    private final Subvolumes subvolumes;

    LayerTrees(FileCalls files, Subvolumes subvolumes) {
        this.files = files;
        this.trees = new Trees(files);
        this.subvolumes = subvolumes;
    }

    /** An empty tree. */
    void empty(int layerFd) throws LinuxException {
        subvolumes.create(layerFd, LayerStore.TREE);
        try (Fd tree = open(layerFd)) {
            files.chmod(tree.number(), 0755);
            files.setTimes(tree.number(), 0, 0);
        }
    }

    /** A tree that shares everything with another. */
    void snapshot(Fd other, int layerFd, boolean readOnly) throws LinuxException {
        subvolumes.snapshot(other.number(), layerFd, LayerStore.TREE, readOnly);
    }

    Fd open(int layerFd) throws LinuxException {
        return trees.openDirectory(layerFd, LayerStore.TREE);
    }

    /** From now on nobody writes to a tree. */
    void freeze(int layerFd) throws LinuxException {
        try (Fd tree = open(layerFd)) {
            subvolumes.setReadOnly(tree.number(), true);
        }
    }

    /** Lets the file system count what subvolumes hold. */
    void count(int fd) throws LinuxException {
        subvolumes.enableQuota(fd);
    }

    /**
     * Limits a tree to what it holds and so many bytes more. What it shares with its parent counts as held, so a commit in between, which shares
     * the rest, gives no room back.
     */
    void limit(int layerFd, long moreBytes) throws LinuxException {
        try (Fd tree = open(layerFd)) {
            long id = subvolumes.id(tree.number());
            OptionalLong held = subvolumes.referencedBytes(tree.number(), id);
            if (held.isEmpty()) {
                throw new LinuxException(Errno.ENOTCONN, "quota", "the file system does not count subvolume " + id);
            }
            subvolumes.limit(tree.number(), id, Math.addExact(held.getAsLong(), moreBytes));
        }
    }

    /** Removes a layer's directory, its tree at once instead of file by file. Absent is success. */
    void remove(int homeFd, String name) throws LinuxException {
        try (Fd layer = trees.openDirectory(homeFd, name)) {
            destroyTree(layer.number());
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
                throw e;
            }
        }
        trees.remove(homeFd, name);
    }

    private void destroyTree(int layerFd) throws LinuxException {
        OptionalLong id;
        try (Fd tree = open(layerFd)) {
            id = OptionalLong.of(subvolumes.id(tree.number()));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return;
            }
            throw e;
        }
        subvolumes.destroy(layerFd, LayerStore.TREE);
        subvolumes.forgetQuota(layerFd, id.getAsLong()); // if the kernel is not done yet, it forgets by itself (6.11)
    }
}
