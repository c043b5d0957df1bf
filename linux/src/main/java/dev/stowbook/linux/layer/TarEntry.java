package dev.stowbook.linux.layer;

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

    /** Its path for messages. */
    public String display() {
        return "\"" + RawPath.display(path) + "\"";
    }
}
