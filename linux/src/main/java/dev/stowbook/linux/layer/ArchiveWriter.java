package dev.stowbook.linux.layer;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.IdShift;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.RootedPath;
import dev.stowbook.linux.file.Trees;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes files of a tree that others change meanwhile as a plain tar. Every file is opened as a mere name first and read by way of that
 * descriptor, so that what is looked at, named and read is one file, and neither a link nor a pipe put in its place does any harm. Mounts
 * are gone through, but for the kernel's own file systems, which are written as empty directories; sockets are left out. One tar, one thread.
 */
public final class ArchiveWriter {
    /** linux/magic.h: proc, sysfs, cgroup, cgroup2, devpts, mqueue, debugfs, tracefs, securityfs, bpf. */
    private static final Set<Long> OF_THE_KERNEL = Set.of(
            0x9fa0L, 0x62656572L, 0x27e0ebL, 0x63677270L, 0x1cd1L, 0x19800202L, 0x64626720L, 0x74726163L, 0x73636673L, 0xcafe4a11L);

    private static final SortedMap<String, byte[]> NO_XATTRS = Collections.unmodifiableSortedMap(new TreeMap<>());

    private final FileCalls files;
    private final TarWriter tar;
    private final IdShift ids;
    private final Map<Inode, String> linked = new HashMap<>();

    private record Inode(int major, int minor, long number) {}

    /** @param ids how the tree's ids look from inside, which is how they are written */
    public ArchiveWriter(FileCalls files, OutputStream out, IdShift ids) {
        this.files = files;
        this.tar = new TarWriter(out);
        this.ids = ids;
    }

    /**
     * Writes a file, or a directory with all below it.
     *
     * @param found opened as a mere name ({@link RootedPath#find})
     * @param path what it is called in the tar, raw; {@code .} for a directory whose contents alone are wanted
     * @throws IOException of the stream
     */
    public void add(Fd found, String path) throws IOException, LinuxException {
        FileStatus status = files.status(found.number());
        switch (status.type()) {
            case FileStatus.S_IFDIR -> {
                try (Fd directory = RootedPath.directory(files, found)) {
                    begin(path, status, TarEntry.Kind.DIRECTORY, "", xattrs(directory.number()));
                    addChildren(directory, path);
                }
            }
            case FileStatus.S_IFREG -> addRegular(found, path, status);
            case FileStatus.S_IFLNK -> begin(path, status, TarEntry.Kind.SYMLINK, files.readLink(found.number(), ""), NO_XATTRS);
            case FileStatus.S_IFCHR -> begin(path, status, TarEntry.Kind.CHARACTER_DEVICE, "", NO_XATTRS);
            case FileStatus.S_IFBLK -> begin(path, status, TarEntry.Kind.BLOCK_DEVICE, "", NO_XATTRS);
            case FileStatus.S_IFIFO -> begin(path, status, TarEntry.Kind.FIFO, "", NO_XATTRS);
            default -> {
                // a socket means nothing without the process that listened on it
            }
        }
    }

    private void addChildren(Fd directory, String path) throws IOException, LinuxException {
        Trees.checkDepth(path);
        if (OF_THE_KERNEL.contains(files.fileSystemMagic(directory.number()))) {
            return;
        }
        for (String name : files.names(directory.number())) {
            try (Fd child = files.open(
                    directory.number(), name, LibC.O_PATH, 0, FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS)) {
                add(child, RawPath.join(path, name));
            } catch (LinuxException e) {
                // Gone since its name was read: its last look is as good as any.
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
            }
        }
    }

    /** One that shrinks meanwhile is filled up with zeros, one that grows is cut. */
    private void addRegular(Fd found, String path, FileStatus status) throws IOException, LinuxException {
        Inode inode = new Inode(status.devMajor(), status.devMinor(), status.inode());
        String first = status.links() > 1 ? linked.putIfAbsent(inode, path) : null;
        if (first != null) {
            begin(path, status, TarEntry.Kind.HARD_LINK, first, NO_XATTRS);
            return;
        }
        try (Fd file = readable(found, path)) {
            begin(path, status, TarEntry.Kind.FILE, "", xattrs(file.number()));
            tar.writeAll(files, file.number());
        }
    }

    /** The file behind a mere name: a link of our own procfs leads to the very file, whatever its name means by now. */
    private static Fd readable(Fd found, String path) throws LinuxException {
        try {
            return Fd.own(LibC.open(found.procPath(), LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NONBLOCK, 0));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open", RawPath.display(path));
        }
    }

    private void begin(String path, FileStatus status, TarEntry.Kind kind, String target, SortedMap<String, byte[]> xattrs) throws IOException {
        tar.begin(TarEntry.of(path, kind, status, ids.inside(status.uid()), ids.inside(status.gid()), target, xattrs));
    }

    /** What users and their programs wrote; the rest is the kernel's and the host's. */
    private SortedMap<String, byte[]> xattrs(int fd) throws LinuxException {
        SortedMap<String, byte[]> found = NO_XATTRS;
        for (String name : files.xattrNames(fd)) {
            if (ArchiveApplier.isCopied(name)) {
                var value = files.xattr(fd, name);
                if (value.isPresent()) {
                    found = found.isEmpty() ? new TreeMap<>() : found;
                    found.put(name, value.get());
                }
            }
        }
        return found;
    }

    /** Writes the end mark. Does not close the stream. */
    public void finish() throws IOException {
        tar.finish();
    }
}
