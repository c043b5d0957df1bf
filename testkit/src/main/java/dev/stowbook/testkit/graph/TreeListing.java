package dev.stowbook.testkit.graph;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.Trees;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** A tree as text, a line a file: everything that a layer keeps, so that two trees are equal exactly if their listings are. */
public final class TreeListing {
    private static final FileCalls FILES = FileCalls.linux();

    private TreeListing() {}

    /** Lists the tree below a path. */
    public static List<String> of(Path root) throws LinuxException {
        List<String> lines = new ArrayList<>();
        Map<Long, String> names = new HashMap<>();
        try (Fd fd = FILES.open(LibC.AT_FDCWD, root + "/.", LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(FILES).walk(fd.number(), (dirFd, name, path, status) -> {
                String first = status.isDirectory() || status.links() == 1 ? path : names.computeIfAbsent(status.inode(), i -> path);
                lines.add("/" + escaped(path) + (first.equals(path) ? "" : " = /" + escaped(first)) + " " + describe(dirFd, name, status));
                return true;
            });
        }
        return lines;
    }

    /** Bytes that are no printable ASCII as {@code \\xNN}. */
    private static String escaped(String raw) {
        StringBuilder text = new StringBuilder();
        raw.chars().forEach(c -> text.append(c >= ' ' && c < 127 && c != '\\' ? Character.toString(c) : String.format("\\x%02x", c)));
        return text.toString();
    }

    private static String describe(int dirFd, String name, FileStatus status) throws LinuxException {
        StringBuilder line = new StringBuilder(Integer.toOctalString(status.mode()))
                .append(' ').append(status.uid()).append(':').append(status.gid())
                .append(" @").append(status.mtimeSeconds()).append('.').append(status.mtimeNanos());
        if (status.isRegular()) {
            line.append(" crc ").append(checksum(dirFd, name)).append(" of ").append(status.sizeBytes());
        } else if (status.isSymlink()) {
            line.append(" -> ").append(escaped(FILES.readLink(dirFd, name)));
        } else if (!status.isDirectory()) {
            line.append(" dev ").append(status.rdevMajor()).append(':').append(status.rdevMinor());
        }
        for (String xattr : FILES.xattrNames(dirFd, name)) {
            if (!xattr.startsWith("trusted.overlay.")) {
                line.append(' ').append(xattr).append('=');
                FILES.xattr(dirFd, name, xattr).ifPresent(value -> line.append(HexFormat.of().formatHex(value)));
            }
        }
        return line.toString();
    }

    private static String checksum(int dirFd, String name) throws LinuxException {
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[65536];
        try (Fd file = FILES.open(dirFd, name, LibC.O_RDONLY, 0, 0)) {
            for (int got; (got = FILES.read(file.number(), buffer, buffer.length)) > 0; ) {
                crc.update(buffer, 0, got);
            }
        }
        return Long.toHexString(crc.getValue());
    }
}
