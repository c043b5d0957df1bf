package dev.stowbook.linux.layer;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import java.nio.file.Path;

/**
 * Limits what a layer may hold, on a store whose file system can: on btrfs the layer's directory is a subvolume of its own, with a quota group
 * (btrfs-quota(8)). Any thread.
 */
public final class LayerQuota {
    private final Subvolumes subvolumes;
    private final boolean supported;

    private LayerQuota(Subvolumes subvolumes, boolean supported) {
        this.subvolumes = subvolumes;
        this.supported = supported;
    }

    /** Looks at the file system of a store. */
    public static LayerQuota of(FileCalls files, Subvolumes subvolumes, Path home) throws LinuxException {
        try (Fd fd = files.open(LibC.AT_FDCWD, RawPath.of(home), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS)) {
            return new LayerQuota(subvolumes, files.fileSystemMagic(fd.number()) == Subvolumes.MAGIC);
        }
    }

    /** Whether the store's file system can limit a layer. */
    public boolean isSupported() {
        return supported;
    }

    /**
     * Begins a layer whose directory can be limited.
     *
     * @throws LinuxException EOPNOTSUPP if the file system cannot
     */
    public LayerStore.Building begin(LayerStore store, String id) throws LinuxException {
        if (!supported) {
            throw new LinuxException(Errno.EOPNOTSUPP, "quota", id);
        }
        return store.begin(id, subvolumes::create);
    }

    /**
     * Limits a layer begun by {@link #begin} to what it holds already and so many bytes more. The first limit makes the file system count, which
     * takes a while on a large one.
     */
    public void limit(LayerStore.Building building, long moreBytes) throws LinuxException {
        subvolumes.enableQuota(building.fd());
        long id = subvolumes.id(building.fd());
        long held = subvolumes.referencedBytes(building.fd(), id)
                .orElseThrow(() -> new LinuxException(Errno.ENOTCONN, "quota", "the file system does not count what subvolumes hold"));
        subvolumes.limit(building.fd(), id, Math.addExact(held, moreBytes));
    }
}
