package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.layer.LowerLayers;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * The digest of a file tree as a container sees it; docs/locks.md, "The digest of a tree", says what is digested byte by byte, so that
 * others can do the same. One tree, one thread; holds one buffer, however large the tree.
 */
final class TreeDigest {
    /** What a host writes on files for itself. */
    private static final List<String> HOSTS_OWN = List.of(
            LowerLayers.OVERLAY_XATTR_PREFIX, "security.selinux", "security.ima", "security.evm", "security.SMACK64", "btrfs.");

    private static final int PIECE_BYTES = 16 * 1024;

    private final FileCalls files;
    private final MessageDigest tree = Digest.begin();
    private final MessageDigest content = Digest.begin();
    private final byte[] buffer = new byte[128 * 1024];
    private final byte[] piece = new byte[PIECE_BYTES];
    private int pieceLength;

    private TreeDigest(FileCalls files) {
        this.files = files;
    }

    /** The digest of the tree below an open directory. Reads all of it. */
    static Digest of(FileCalls files, Fd root) throws LinuxException {
        TreeDigest digest = new TreeDigest(files);
        new Trees(files).walk(root.number(), (dirFd, name, path, status) -> {
            digest.entry(dirFd, name, path, status);
            return true;
        });
        return digest.ended();
    }

    /** The digest of an image without layers: of the directory that a container would have for its root. */
    static Digest ofNothing() {
        TreeDigest digest = new TreeDigest(FileCalls.linux());
        for (String field : List.of("", "d", "0755", "0", "0", "", "", "")) {
            digest.field(field);
        }
        return digest.ended();
    }

    private Digest ended() {
        flush();
        return Digest.ended(tree);
    }

    private void entry(int dirFd, String name, String path, FileStatus status) throws LinuxException {
        field(path);
        field(kind(status));
        field(octal(status.permissions()));
        field(Integer.toUnsignedString(status.uid()));
        field(Integer.toUnsignedString(status.gid()));
        switch (status.type()) {
            case FileStatus.S_IFREG -> regular(dirFd, name);
            case FileStatus.S_IFLNK -> both(files.readLink(dirFd, name), "");
            case FileStatus.S_IFCHR, FileStatus.S_IFBLK -> both(Integer.toString(status.rdevMajor()), Integer.toString(status.rdevMinor()));
            default -> both("", ""); // directories, pipes and sockets have nothing more to say
        }
        for (String xattr : files.xattrNames(dirFd, name)) {
            if (HOSTS_OWN.stream().noneMatch(xattr::startsWith)) {
                files.xattr(dirFd, name, xattr).ifPresent(value -> both(xattr, HexFormat.of().formatHex(value)));
            }
        }
        field("");
    }

    private static String kind(FileStatus status) {
        return switch (status.type()) {
            case FileStatus.S_IFDIR -> "d";
            case FileStatus.S_IFREG -> "f";
            case FileStatus.S_IFLNK -> "l";
            case FileStatus.S_IFCHR -> "c";
            case FileStatus.S_IFBLK -> "b";
            case FileStatus.S_IFIFO -> "p";
            default -> "s";
        };
    }

    private static String octal(int permissions) {
        String digits = Integer.toOctalString(permissions);
        return "0".repeat(4 - digits.length()) + digits;
    }

    /** The size is what was read, so that it always is that of what was digested. */
    private void regular(int dirFd, String name) throws LinuxException {
        long size = 0;
        try (Fd file = files.open(dirFd, name, LibC.O_RDONLY, 0, FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS)) {
            for (int got; (got = files.read(file.number(), buffer, buffer.length)) > 0; ) {
                content.update(buffer, 0, got);
                size += got;
            }
        }
        both(Long.toString(size), Digest.ended(content).hex());
    }

    private void both(String one, String other) {
        field(one);
        field(other);
    }

    /** Raw text, in one piece with its NUL; gathered, since each step of the digest costs a call. */
    private void field(String raw) {
        byte[] bytes = RawPath.bytes(raw);
        if (bytes.length + 1 > PIECE_BYTES - pieceLength) {
            flush();
        }
        if (bytes.length + 1 > PIECE_BYTES) {
            tree.update(bytes);
        } else {
            System.arraycopy(bytes, 0, piece, pieceLength, bytes.length);
            pieceLength += bytes.length;
        }
        piece[pieceLength++] = 0;
    }

    private void flush() {
        tree.update(piece, 0, pieceLength);
        pieceLength = 0;
    }
}
