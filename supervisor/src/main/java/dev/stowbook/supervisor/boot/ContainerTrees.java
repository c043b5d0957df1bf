package dev.stowbook.supervisor.boot;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.FileUser;
import dev.stowbook.linux.file.IdShift;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.RootedPath;
import dev.stowbook.linux.layer.ArchiveApplier;
import dev.stowbook.linux.layer.ArchiveWriter;
import dev.stowbook.linux.layer.LayerException;
import dev.stowbook.supervisor.execute.RootfsHolds;
import dev.stowbook.supervisor.http.ContainerFiles;
import dev.stowbook.supervisor.image.LayerDriver;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads and writes files in containers: where each operation works is {@link ContainerRoots}' matter. Workers only. */
final class ContainerTrees implements ContainerFiles {
    private final FileCalls files = FileCalls.linux();
    private final ContainerRoots roots;

    ContainerTrees(LayerDriver layers, StoppedVolumes volumes, RootfsHolds holds, Supplier<State> newest) {
        this.roots = new ContainerRoots(layers, volumes, holds, newest);
    }

    @Override
    public Found find(ContainerId container, String path, boolean follow) throws Refused {
        try (ContainerRoot root = roots.toRead(container);
                ContainerRoot.Found found = find(root, path, follow)) {
            FileStatus status = files.status(found.fd().number());
            return new Found(
                    RawPath.display(name(path)),
                    found.path(),
                    type(status),
                    status.permissions(),
                    status.isRegular() ? status.sizeBytes() : 0,
                    Instant.ofEpochSecond(status.mtimeSeconds(), status.mtimeNanos()),
                    status.isSymlink() ? Optional.of(RawPath.display(files.readLink(found.fd().number(), ""))) : Optional.empty());
        } catch (LinuxException e) {
            throw refused(path, e);
        }
    }

    @Override
    public void read(ContainerId container, String path, boolean follow, OutputStream out) throws Refused, IOException {
        try (ContainerRoot root = roots.toRead(container);
                ContainerRoot.Found found = find(root, path, follow)) {
            ArchiveWriter writer = new ArchiveWriter(files, out, root.ids());
            writer.add(found.fd(), name(path));
            writer.finish();
        } catch (LinuxException e) {
            throw refused(path, e);
        }
    }

    @Override
    public Copied write(ContainerId container, String path, boolean keepOwners, Path tar) throws Refused, IOException {
        try (ContainerRoot root = roots.toWrite(container)) {
            IdShift ids = root.ids();
            Attempt attempt = FileUser.call(ids.outside(0), ids.outside(0), () -> attempt(root, path, keepOwners, tar));
            if (attempt.copied().isEmpty()) {
                throw attempt.failure().orElseThrow();
            }
            return new Copied(attempt.path(), attempt.copied().get().entries(), attempt.copied().get().bytes(), attempt.failure());
        } catch (LinuxException e) {
            throw refused(path, e);
        }
    }

    private record Attempt(String path, Optional<ArchiveApplier.Copied> copied, Optional<Refused> failure) {}

    private Attempt attempt(ContainerRoot root, String path, boolean keepOwners, Path tar) {
        try (ContainerRoot.Found found = find(root, path, true);
                Fd directory = RootedPath.directory(files, found.fd());
                InputStream in = Files.newInputStream(tar)) {
            String where = found.path();
            if (found.readOnly()) {
                throw refused(where, new LinuxException(Errno.EROFS, "open", where));
            }
            ArchiveApplier applier = new ArchiveApplier(files, directory, root.ids(), keepOwners);
            try {
                applier.apply(in);
                return new Attempt(where, Optional.of(applier.copied()), Optional.empty());
            } catch (LinuxException e) {
                return failed(where, applier, refused(where, e));
            } catch (LayerException e) {
                return failed(where, applier, new Refused(ErrorCode.INVALID, e.getMessage()));
            }
        } catch (LinuxException e) {
            return new Attempt(path, Optional.empty(), Optional.of(refused(path, e)));
        } catch (Refused e) {
            return new Attempt(path, Optional.empty(), Optional.of(e));
        } catch (IOException e) {
            return new Attempt(path, Optional.empty(), Optional.of(
                    new Refused(ErrorCode.INTERNAL, "the daemon cannot read what was uploaded: " + Failures.sentence(e))));
        }
    }

    /** What broke off without having copied anything leaves nothing to be told of. */
    private static Attempt failed(String where, ArchiveApplier applier, Refused why) {
        ArchiveApplier.Copied copied = applier.copied();
        return new Attempt(where, copied.entries() == 0 ? Optional.empty() : Optional.of(copied), Optional.of(why));
    }

    private static ContainerRoot.Found find(ContainerRoot root, String path, boolean follow) throws LinuxException, Refused {
        if (path.indexOf('\0') >= 0) {
            throw new Refused(ErrorCode.INVALID, "a path holds no NUL byte");
        }
        return root.find(path, follow);
    }

    /** The last component; of a path that ends otherwise, {@code .}: then the contents are meant. */
    private static String name(String path) {
        String raw = RawPath.ofText(path).replaceAll("/+$", "");
        String name = RawPath.name(raw);
        return name.isEmpty() || name.equals("..") ? "." : name;
    }

    private static String type(FileStatus status) {
        return switch (status.type()) {
            case FileStatus.S_IFDIR -> "directory";
            case FileStatus.S_IFREG -> "file";
            case FileStatus.S_IFLNK -> "symlink";
            case FileStatus.S_IFIFO -> "pipe";
            case FileStatus.S_IFSOCK -> "socket";
            default -> "device";
        };
    }

    private static Refused refused(String path, LinuxException e) {
        String shown = "\"" + path + "\"";
        return switch (e.errno()) {
            case Errno.ENOENT -> new Refused(ErrorCode.NOT_FOUND, "there is no " + shown + " in the container");
            case Errno.ENOTDIR -> new Refused(ErrorCode.INVALID, shown + " is no directory, or leads through a file that is none");
            case Errno.ELOOP -> new Refused(ErrorCode.INVALID, shown + " leads through too many symbolic links, or through one of the kernel's own");
            case Errno.EROFS -> new Refused(ErrorCode.CONFLICT, shown + " lies in a file system that is read-only in the container");
            case Errno.ENOSPC, Errno.EDQUOT -> new Refused(ErrorCode.DISK_FULL, "there is no room left in the file system of " + shown);
            case Errno.EOVERFLOW -> new Refused(ErrorCode.CONFLICT, shown + " lies in a file system that has no ids for the pod's own users");
            case Errno.EACCES, Errno.EPERM -> new Refused(ErrorCode.DENIED, "the kernel does not let anybody work on " + shown + ": " + e.getMessage());
            default -> new Refused(ErrorCode.INTERNAL, "working on " + shown + " in the container failed: " + e.getMessage());
        };
    }
}
