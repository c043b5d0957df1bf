package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/** A directory as a tar: owners, modes, times, links, devices, and those extended attributes that are asked for. */
final class DirectoryTar extends SimpleFileVisitor<Path> {
    private static final int S_IFMT = 0170000;
    private static final int S_IFIFO = 0010000;
    private static final int S_IFCHR = 0020000;
    private static final int S_IFBLK = 0060000;

    private final Path root;
    private final String rootName;
    private final TarArchiveOutputStream tar;
    private final Map<Object, String> hardLinks = new HashMap<>();
    private final List<String> leftOut = new ArrayList<>();

    private final IgnoreRules rules;
    private final FileMarks marks;

    private DirectoryTar(Path root, String rootName, TarArchiveOutputStream tar, IgnoreRules rules, FileMarks marks) {
        this.root = root;
        this.rootName = rootName;
        this.tar = tar;
        this.rules = rules;
        this.marks = marks;
    }

    /** Writes it, to be a root file system. @return the paths a tar cannot hold: sockets */
    static List<String> write(Path root, OutputStream out) throws IOException {
        return write(root, "", IgnoreRules.none(), FileMarks.OF_USERS, null, out);
    }

    /** Writes a file or directory under another name than its own; none for the contents of a directory. */
    static List<String> write(Path root, String rootName, OutputStream out) throws IOException {
        return write(root, rootName, IgnoreRules.none(), FileMarks.NONE, null, out);
    }

    /** Writes a context for a build. @param dockerfile is sent first, if it is not in what is sent anyway */
    static List<String> writeContext(Path root, IgnoreRules rules, byte @Nullable [] dockerfile, OutputStream out) throws IOException {
        return write(root, "", rules, FileMarks.CAPABILITIES, dockerfile, out);
    }

    /** Writes a context that is a Dockerfile and nothing else. */
    static void writeDockerfile(byte[] dockerfile, OutputStream out) throws IOException {
        TarArchiveOutputStream tar = tar(out);
        put(dockerfile, tar);
        tar.finish();
        tar.flush();
    }

    private static List<String> write(
            Path root, String rootName, IgnoreRules rules, FileMarks marks, byte @Nullable [] dockerfile, OutputStream out) throws IOException {
        TarArchiveOutputStream tar = tar(out);
        DirectoryTar writer = new DirectoryTar(root, rootName, tar, rules, marks);
        if (dockerfile != null) {
            put(dockerfile, tar);
        }
        Files.walkFileTree(root, writer);
        tar.finish();
        tar.flush();
        return writer.leftOut;
    }

    private static TarArchiveOutputStream tar(OutputStream out) {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
        return tar;
    }

    private static void put(byte[] dockerfile, TarArchiveOutputStream tar) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(BuildContext.OUTSIDE);
        entry.setSize(dockerfile.length);
        tar.putArchiveEntry(entry);
        tar.write(dockerfile);
        tar.closeArchiveEntry();
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
        boolean out = isLeftOut(directory);
        if (out && !rules.takesBack()) {
            return FileVisitResult.SKIP_SUBTREE;
        }
        if (!out) {
            put(directory, attributes);
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (!isLeftOut(file)) {
            put(file, attributes);
        }
        return FileVisitResult.CONTINUE;
    }

    private boolean isLeftOut(Path path) {
        return !path.equals(root) && rules.leavesOut(root.relativize(path).toString());
    }

    private void put(Path path, BasicFileAttributes attributes) throws IOException {
        Map<String, Object> unix = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
        String name = name(root.relativize(path).toString());
        String target = linkTarget(path, attributes, unix, name);
        TarArchiveEntry entry = entry(path, attributes, unix, name, target);
        if (entry == null) {
            leftOut.add(name);
            return;
        }
        entry.setMode((Integer) unix.get("mode") & 07777);
        entry.setUserId((Integer) unix.get("uid"));
        entry.setGroupId((Integer) unix.get("gid"));
        entry.setLastModifiedTime((FileTime) unix.get("lastModifiedTime"));
        if (attributes.isRegularFile() && target.isEmpty() || attributes.isDirectory()) {
            marks.put(path, name, tar);
        }
        tar.putArchiveEntry(entry);
        // Asked of the file, not of the entry: commons-compress calls a pipe a file, too, and opening one would wait for a writer.
        if (attributes.isRegularFile() && target.isEmpty()) {
            Files.copy(path, tar);
        }
        tar.closeArchiveEntry();
    }

    private String name(String below) {
        return rootName.isEmpty() || below.isEmpty() ? rootName + below : rootName + "/" + below;
    }

    /** Where an earlier name of the same file is, if it has one; empty otherwise. */
    private String linkTarget(Path path, BasicFileAttributes attributes, Map<String, Object> unix, String name) {
        boolean several = !attributes.isDirectory() && (Integer) unix.get("nlink") > 1 && attributes.fileKey() != null;
        String first = several ? hardLinks.putIfAbsent(attributes.fileKey(), name) : null;
        return first == null ? "" : first;
    }

    private static @Nullable TarArchiveEntry entry(
            Path path, BasicFileAttributes attributes, Map<String, Object> unix, String name, String hardLink) throws IOException {
        int type = (Integer) unix.get("mode") & S_IFMT;
        if (!hardLink.isEmpty()) {
            TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_LINK);
            link.setLinkName(hardLink);
            return link;
        }
        if (attributes.isDirectory()) {
            return new TarArchiveEntry(name.isEmpty() ? "./" : name + "/");
        }
        if (attributes.isSymbolicLink()) {
            TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
            link.setLinkName(Files.readSymbolicLink(path).toString());
            return link;
        }
        if (attributes.isRegularFile()) {
            TarArchiveEntry file = new TarArchiveEntry(name);
            file.setSize(attributes.size());
            return file;
        }
        return special(type, unix, name);
    }

    private static @Nullable TarArchiveEntry special(int type, Map<String, Object> unix, String name) {
        if (type == S_IFIFO) {
            return new TarArchiveEntry(name, TarConstants.LF_FIFO);
        }
        if (type != S_IFCHR && type != S_IFBLK) {
            return null;
        }
        TarArchiveEntry device = new TarArchiveEntry(name, type == S_IFCHR ? TarConstants.LF_CHR : TarConstants.LF_BLK);
        long number = (Long) unix.get("rdev");
        // makedev(3), glibc and musl: 12 bits of major and 8 of minor below, the rest above.
        device.setDevMajor((int) (number >>> 8 & 0xfff | number >>> 32 & 0xfffff000L));
        device.setDevMinor((int) (number & 0xff | number >>> 12 & 0xffffff00L));
        return device;
    }
}
