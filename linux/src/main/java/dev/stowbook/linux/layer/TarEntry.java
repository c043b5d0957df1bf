package dev.stowbook.linux.layer;

import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import java.util.SortedMap;

/**
 * One member of a tar (POSIX.1-2017 pax; GNU tar manual, "Basic Tar Format").
 *
 * @param path as stored, raw
 * @param kind what it is
 * @param permissions its mode's low twelve bits
 * @param uid owner
 * @param gid group
 * @param sizeBytes its length when unpacked; 0 for all but regular files
 * @param mtimeSeconds last modification
 * @param mtimeNanos and nanoseconds
 * @param linkTarget of a hard or symbolic link, raw; empty otherwise
 * @param devMajor of a device
 * @param devMinor of a device
 * @param xattrs extended attributes ({@code SCHILY.xattr.} records)
 */
public record TarEntry(
        String path,
        Kind kind,
        int permissions,
        int uid,
        int gid,
        long sizeBytes,
        long mtimeSeconds,
        int mtimeNanos,
        String linkTarget,
        int devMajor,
        int devMinor,
        SortedMap<String, byte[]> xattrs) {

    /** Kinds of members that a layer may have. */
    public enum Kind {
        FILE,
        HARD_LINK,
        SYMLINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        DIRECTORY,
        FIFO
    }

    /** A file as it is now, with what its path and ids are to be in the tar. */
    static TarEntry of(
            String path, Kind kind, FileStatus status, int uid, int gid, String linkTarget, SortedMap<String, byte[]> xattrs) {
        boolean device = kind == Kind.CHARACTER_DEVICE || kind == Kind.BLOCK_DEVICE;
        return new TarEntry(
                path,
                kind,
                status.permissions(),
                uid,
                gid,
                kind == Kind.FILE ? status.sizeBytes() : 0,
                status.mtimeSeconds(),
                status.mtimeNanos(),
                linkTarget,
                device ? status.rdevMajor() : 0,
                device ? status.rdevMinor() : 0,
                xattrs);
    }

    /** Its path for messages. */
    public String display() {
        return "\"" + RawPath.display(path) + "\"";
    }
}
