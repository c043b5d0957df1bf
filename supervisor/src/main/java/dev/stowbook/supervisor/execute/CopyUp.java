package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.TreeCopy;
import dev.stowbook.linux.file.Trees;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Copies what an image has where a volume is mounted into the volume, if that is empty: owners, modes, times, extended attributes, hard links.
 *
 * <p>May be cut off anywhere and called again. The copy grows in {@code .stowbook-copy/growing}, is renamed to {@code whole} when it is on the
 * disk, and its parts are then renamed to where they belong; what is left of it is renamed to {@code .stowbook-copied} and removed. So a volume
 * with a {@code whole} copy goes on from there, one with a growing copy begins again, and any other with something in it is left as it is. No
 * container runs on the volume before it is done.
 */
final class CopyUp {
    private static final String WORK = ".stowbook-copy";
    private static final String GROWING = WORK + "/growing";
    private static final String WHOLE = WORK + "/whole";
    private static final String DONE = ".stowbook-copied";
    /** What file systems make by themselves. */
    private static final String LOST_AND_FOUND = "lost+found";

    private final FileCalls files;
    private final Trees trees;

    CopyUp(FileCalls files) {
        this.files = files;
        this.trees = new Trees(files);
    }

    /** Whether there is anything to do: the volume is empty, or an earlier copy was cut off. */
    boolean wanted(Path volume) throws LinuxException {
        try (Fd to = directory(volume)) {
            return wanted(to);
        }
    }

    private boolean wanted(Fd volume) throws LinuxException {
        List<String> names = files.names(volume.number());
        return names.contains(WORK) || names.contains(DONE) || names.stream().allMatch(LOST_AND_FOUND::equals);
    }

    /**
     * Copies, if there is anything to do.
     *
     * @param image the root of the image's files
     * @param path where the volume is mounted; links on the way are followed in the image
     * @return how many files and directories it copied
     */
    long fill(Fd image, String path, Path volume) throws LinuxException {
        try (Fd to = directory(volume)) {
            if (!wanted(to)) {
                return 0;
            }
            if (files.statusIfPresent(to.number(), DONE).isPresent()) {
                return end(to, 0);
            }
            if (files.statusIfPresent(to.number(), WHOLE).isEmpty()) {
                trees.remove(to.number(), WORK);
                Optional<Fd> from = inImage(image, path);
                if (from.isEmpty()) {
                    return 0;
                }
                try (Fd source = from.get()) {
                    grow(source, to);
                }
            }
            return settle(to);
        }
    }

    /** A path that ends in "/." is followed to its end, but only to a directory. */
    private Optional<Fd> inImage(Fd image, String path) throws LinuxException {
        try {
            return Optional.of(files.open(image.number(), RawPath.ofText(path) + "/.", LibC.O_RDONLY | LibC.O_DIRECTORY, 0,
                    FileCalls.RESOLVE_IN_ROOT | FileCalls.RESOLVE_NO_MAGICLINKS));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void grow(Fd source, Fd volume) throws LinuxException {
        files.mkdir(volume.number(), WORK, 0700);
        files.mkdir(volume.number(), GROWING, 0700);
        try (Fd growing = trees.openDirectory(volume.number(), GROWING)) {
            new TreeCopy(files).copy(source.number(), growing.number());
        }
        files.syncFileSystem(volume.number());
        files.rename(volume.number(), GROWING, volume.number(), WHOLE, FileCalls.RENAME_NOREPLACE);
    }

    private long settle(Fd volume) throws LinuxException {
        long count;
        try (Fd whole = trees.openDirectory(volume.number(), WHOLE)) {
            count = trees.measure(whole.number()).inodes() - 1;
            for (String name : files.names(whole.number())) {
                files.rename(whole.number(), name, volume.number(), name, FileCalls.RENAME_NOREPLACE);
            }
            new TreeCopy(files).copyAttributes(whole.number(), "", volume.number(), "", files.status(whole.number()));
        }
        files.rename(volume.number(), WORK, volume.number(), DONE, FileCalls.RENAME_NOREPLACE);
        return end(volume, count);
    }

    private long end(Fd volume, long count) throws LinuxException {
        trees.remove(volume.number(), DONE);
        files.fsync(volume.number());
        return count;
    }

    private Fd directory(Path path) throws LinuxException {
        return files.open(LibC.AT_FDCWD, RawPath.of(path), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS);
    }
}
