package dev.stowbook.supervisor.boot;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.IdShift;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.RootedPath;
import dev.stowbook.supervisor.execute.RootfsHolds;
import dev.stowbook.supervisor.http.ContainerFiles.Refused;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.MountSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The root directory of a container, open. While it runs it is what its first process has for a root, all mounts included; otherwise it is the
 * merged view of its layers, and a volume is opened when a path leads into it. The layer is held while somebody writes, so that it is not mounted a second time under the
 * writer's hands, by a start or by the next of several.
 */
final class ContainerRoot implements AutoCloseable {

    private static final int MAX_LINKS = 40;
    private static final long IN_VOLUME = FileCalls.RESOLVE_BENEATH | FileCalls.RESOLVE_NO_SYMLINKS;

    private final FileCalls files = FileCalls.linux();
    private final Fd fd;
    private final IdShift ids;
    private final boolean readOnly;
    private final List<MountSpec> unmounted;
    private final Volumes volumes;
    private final RootfsHolds.Hold hold;
    private Optional<StoppedVolumes.Use> use = Optional.empty();

    /** Opens a volume of this container. */
    interface Volumes {
        StoppedVolumes.Use open(MountSpec mount) throws Refused, LinuxException;
    }

    /**
     * What a path names, open as a mere name.
     *
     * @param path where it lies, as the container would call it
     * @param readOnly whether nothing may be written there, which the kernel would not know
     */
    record Found(Fd fd, String path, boolean readOnly) implements AutoCloseable {
        @Override
        public void close() {
            fd.close();
        }
    }

    /** @param unmounted where volumes belong that are not mounted in the view */
    ContainerRoot(Fd fd, IdShift ids, boolean readOnly, List<MountSpec> unmounted, Volumes volumes, RootfsHolds.Hold hold) {
        this.fd = fd;
        this.ids = ids;
        this.readOnly = readOnly;
        this.unmounted = unmounted;
        this.volumes = volumes;
        this.hold = hold;
    }

    /** How ids inside look to us. */
    IdShift ids() {
        return ids;
    }

    /** Finds a path, in the volume that it leads into if it does. */
    Found find(String path, boolean follow) throws Refused, LinuxException {
        Optional<MountSpec> named = path.contains("..") ? Optional.empty() : over(Path.of("/", path).normalize().toString());
        if (named.isPresent()) {
            return inVolume(named.get(), Path.of("/", path).normalize().toString(), path, follow);
        }
        Fd found;
        try {
            found = RootedPath.find(files, fd.number(), RawPath.ofText(path), follow);
        } catch (LinuxException e) {
            String behindLinks = e.errno() == Errno.ENOENT && !unmounted.isEmpty() ? behindLinks(path) : "/";
            Optional<MountSpec> over = over(behindLinks);
            if (over.isPresent()) {
                return inVolume(over.get(), behindLinks, path, follow);
            }
            throw e;
        }
        String where = pathOf(found);
        Optional<MountSpec> over = over(where);
        if (over.isEmpty()) {
            return new Found(found, where, readOnly);
        }
        found.close();
        return inVolume(over.get(), where, path, follow);
    }

    /** The volume that a path lies in, the innermost if they are nested. */
    private Optional<MountSpec> over(String path) {
        return unmounted.stream()
                .filter(mount -> Path.of(path).startsWith(Path.of(mount.path()).normalize()))
                .max(Comparator.comparingInt(mount -> Path.of(mount.path()).normalize().getNameCount()));
    }

    /** Where a path leads whose end is not in the view: as far as it is, by way of its links, and then by its own words. */
    private String behindLinks(String path) throws LinuxException {
        Path at = Path.of("/", path);
        for (int links = 0; links < MAX_LINKS; links++) {
            Path above = at;
            Optional<Fd> found = present(above);
            while (found.isEmpty() && above.getParent() != null) {
                above = above.getParent();
                found = present(above);
            }
            if (found.isEmpty()) {
                break;
            }
            try (Fd there = found.get()) {
                Path rest = above.relativize(at);
                if (!files.status(there.number()).isSymlink()) {
                    return Path.of(pathOf(there)).resolve(rest).normalize().toString();
                }
                at = above.resolveSibling(RawPath.display(files.readLink(there.number(), ""))).resolve(rest);
            }
        }
        return "/";
    }

    private Optional<Fd> present(Path path) {
        try {
            return Optional.of(RootedPath.find(files, fd.number(), RawPath.of(path), false));
        } catch (LinuxException e) {
            return Optional.empty(); // what lies above it may be there
        }
    }

    /** A link in a volume may mean a place outside it, which has to be found in the container as a whole. */
    private Found inVolume(MountSpec mount, String where, String path, boolean follow) throws Refused, LinuxException {
        if (use.isPresent()) {
            use.get().close();
        }
        use = Optional.of(volumes.open(mount));
        Fd root = use.get().root();
        String rest = RawPath.ofText(Path.of(mount.path()).normalize().relativize(Path.of(where)).toString());
        String directory = path.endsWith("/") || path.endsWith("/.") ? "/" : "";
        try {
            Fd found = rest.isEmpty()
                    ? root // closed with what is found, and once more with its use
                    : files.open(root.number(), rest + directory, LibC.O_PATH, 0, IN_VOLUME);
            if (!follow || !files.status(found.number()).isSymlink()) {
                return new Found(found, where, use.get().readOnly());
            }
            found.close();
        } catch (LinuxException e) {
            if (e.errno() != Errno.ELOOP) {
                throw e;
            }
        }
        throw new Refused(ErrorCode.CONFLICT, "\"" + path + "\" leads through a symbolic link in a volume, which only a running container can follow:"
                + " name what it leads to, or start its pod first");
    }

    /** Where an open file lies in the view. */
    private String pathOf(Fd file) {
        try {
            return Files.readSymbolicLink(Path.of(file.procPath())).toString();
        } catch (IOException e) {
            return "/";
        }
    }

    /** Lets the container start meanwhile. */
    void letGo() {
        hold.close();
    }

    @Override
    public void close() {
        use.ifPresent(StoppedVolumes.Use::close);
        fd.close();
        hold.close();
    }
}
