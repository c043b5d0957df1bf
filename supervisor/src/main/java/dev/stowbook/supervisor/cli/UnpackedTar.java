package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks what a container's files came as. What runs in the container may have had a hand in every name and link, so nothing is written
 * through a link below the destination, and setuid and setgid bits stay only with the owners they were meant for.
 */
final class UnpackedTar {
    private static final int PERMISSIONS = 01777;
    private static final int ALL_PERMISSIONS = 07777;

    private final String rootName;
    private final Path destination;
    private final boolean owners;
    private final Map<Path, TarArchiveEntry> directories = new LinkedHashMap<>();
    private final Set<Path> files = new HashSet<>();
    private final List<String> leftOut = new ArrayList<>();

    /**
     * @param rootName what the tar calls what it is a tar of
     * @param destination what that is called here
     * @param owners whether files get the tar's owners and all bits of their modes
     */
    UnpackedTar(String rootName, Path destination, boolean owners) {
        this.rootName = rootName;
        this.destination = destination;
        this.owners = owners;
    }

    /** What could not be made here. */
    List<String> leftOut() {
        return leftOut;
    }

    void read(InputStream in) throws IOException {
        TarArchiveInputStream tar = new TarArchiveInputStream(in, "UTF-8");
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            Path path = place(entry.getName());
            if (path == null || !make(entry, path, tar)) {
                leftOut.add(entry.getName());
            }
        }
        for (Map.Entry<Path, TarArchiveEntry> directory : directories.entrySet()) {
            attributes(directory.getValue(), directory.getKey());
        }
        in.transferTo(OutputStream.nullOutputStream()); // a break is told at the very end
    }

    /** Where a path of the tar lies here; null for one that would lead elsewhere. */
    private @Nullable Path place(String name) {
        String below = name.startsWith("./") ? name.substring(2) : name;
        if (!rootName.equals(".")) {
            if (!below.equals(rootName) && !below.startsWith(rootName + "/")) {
                return null;
            }
            below = below.substring(rootName.length());
        }
        Path path = destination;
        for (String component : below.split("/")) {
            if (component.isEmpty() || component.equals(".")) {
                continue;
            }
            if (component.equals("..") || !path.equals(destination) && Files.isSymbolicLink(path)) {
                return null;
            }
            path = path.resolve(component);
        }
        return path;
    }

    private boolean make(TarArchiveEntry entry, Path path, TarArchiveInputStream tar) throws IOException {
        if (entry.isDirectory()) {
            boolean there = Files.isDirectory(path, path.equals(destination) ? new LinkOption[0] : new LinkOption[] {LinkOption.NOFOLLOW_LINKS});
            if (!there) {
                created(path, () -> Files.createDirectory(path));
                directories.put(path, entry);
            } else if (owners && !path.equals(destination)) {
                directories.put(path, entry);
            }
            return true;
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new Failure(ExitCode.FAILURE, "'" + path + "' is a directory here and no directory in the container: remove it first.");
        }
        if (entry.isSymbolicLink()) {
            Files.deleteIfExists(path);
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
            own(entry, path);
            return true;
        }
        if (entry.isLink()) {
            Path first = place(entry.getLinkName());
            if (first == null || !files.contains(first)) {
                return false;
            }
            Files.deleteIfExists(path);
            Files.createLink(path, first);
            files.add(path);
            return true;
        }
        if (!entry.isFile() || entry.isCharacterDevice() || entry.isBlockDevice() || entry.isFIFO()) {
            return false;
        }
        Path part = Files.createTempFile(path.toAbsolutePath().getParent(), ".stowbook-", ".part");
        try {
            Files.copy(tar, part, StandardCopyOption.REPLACE_EXISTING);
            attributes(entry, part);
            Files.move(part, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        files.add(path);
        return true;
    }

    private interface Making {
        void run() throws IOException;
    }

    private static void created(Path path, Making making) throws IOException {
        try {
            making.run();
        } catch (FileAlreadyExistsException e) {
            throw new Failure(ExitCode.FAILURE, "'" + path + "' is no directory here and one in the container: remove it first.");
        }
    }

    private void attributes(TarArchiveEntry entry, Path path) throws IOException {
        own(entry, path);
        Files.setAttribute(path, "unix:mode", entry.getMode() & (owners ? ALL_PERMISSIONS : PERMISSIONS));
        Files.setLastModifiedTime(path, FileTime.from(entry.getLastModifiedTime().toInstant()));
    }

    private void own(TarArchiveEntry entry, Path path) throws IOException {
        if (owners) {
            Files.setAttribute(path, "unix:uid", (int) entry.getLongUserId(), LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", (int) entry.getLongGroupId(), LinkOption.NOFOLLOW_LINKS);
        }
    }
}
