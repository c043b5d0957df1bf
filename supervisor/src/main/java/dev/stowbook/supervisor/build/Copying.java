package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.supervisor.image.LayerLimits;
import dev.stowbook.supervisor.image.UnpackingException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** What COPY and ADD do: files from one tree into a layer that is being made (Dockerfile reference, "COPY", "ADD"). */
final class Copying implements AutoCloseable {
    private static final int ARCHIVE_HEAD_BYTES = 512;

    /**
     * How.
     *
     * @param keyword for messages
     * @param owner whose everything is to be; what comes from an image or an archive keeps its own if empty
     * @param permissions what files and directories are to allow; their own if empty
     * @param keepOwners whether, without an owner, they stay whose they are
     * @param unpack whether archives are unpacked
     */
    record Manner(String keyword, Optional<Owner> owner, OptionalInt permissions, boolean keepOwners, boolean unpack) {}

    private final FileTree source;
    private final String sourceName;
    private final LayerDraft target;
    private final Manner manner;
    private final LayerLimits limits;
    private final Path tmp;
    private final List<Closeable> used = new ArrayList<>();

    Copying(FileTree source, String sourceName, LayerDraft target, Manner manner, LayerLimits limits, Path tmp) {
        this.source = source;
        this.sourceName = sourceName;
        this.target = target;
        this.manner = manner;
        this.limits = limits;
        this.tmp = tmp;
    }

    /** Copies. @param destination absolute; with a slash at its end it is a directory */
    void run(List<String> sources, String destination) throws IOException, BuildException {
        List<String> found = new ArrayList<>();
        for (String each : sources) {
            found.addAll(match(each));
        }
        if (found.size() > 1 && !destination.endsWith("/")) {
            throw BuildException.invalid(manner.keyword() + " has " + found.size() + " sources, so its destination must be a directory: end "
                    + Place.quoted(destination) + " with \"/\"");
        }
        String raw = RawPath.ofText(destination);
        for (String each : found) {
            one(each, raw);
        }
    }

    /** Puts a file there that was fetched, and closes it in the end. */
    void add(RemoteFile file, String destination) throws IOException, BuildException {
        used.add(file);
        file(file, file.name(), RawPath.ofText(destination), file.name());
    }

    /** The paths that a source means. */
    private List<String> match(String text) throws IOException, BuildException {
        String pattern = TarTree.clean(RawPath.ofText(text))
                .orElseThrow(() -> BuildException.invalid(manner.keyword() + ": " + Place.quoted(text) + " lies outside of " + sourceName));
        if (!Glob.isPattern(pattern)) {
            if (source.follow(pattern).isEmpty()) {
                throw missing(text);
            }
            return List.of(pattern);
        }
        List<String> paths = List.of("");
        for (String part : pattern.split("/")) {
            Pattern regex = Glob.compile(part);
            List<String> next = new ArrayList<>();
            for (String directory : paths) {
                String at = source.resolve(directory);
                if (source.find(at).filter(entry -> entry.kind() == TarEntry.Kind.DIRECTORY).isPresent()) {
                    source.names(at).stream().filter(name -> regex.matcher(name).matches()).forEach(name -> next.add(RawPath.join(directory, name)));
                }
            }
            paths = next;
        }
        if (paths.isEmpty()) {
            throw missing(text);
        }
        return paths;
    }

    private BuildException missing(String text) {
        return BuildException.invalid(manner.keyword() + ": there is no " + Place.quoted(text) + " in " + sourceName
                + (sourceName.equals("the context") ? "; look at its name, and whether .dockerignore leaves it out" : ""));
    }

    private void one(String path, String destination) throws IOException, BuildException {
        String from = source.resolve(path);
        TarEntry entry = source.find(from).orElseThrow(() -> missing(RawPath.display(path)));
        if (entry.kind() == TarEntry.Kind.DIRECTORY) {
            tree(source, from, target.makeDirectories(destination, owner()), manner.keepOwners());
            return;
        }
        Optional<TarTree> archive = manner.unpack() && entry.kind() == TarEntry.Kind.FILE ? archive(from, entry) : Optional.empty();
        if (archive.isPresent()) {
            tree(archive.get(), "", target.makeDirectories(destination, owner()), true);
        } else {
            file(source, from, destination, RawPath.name(path));
        }
    }

    /** Puts one file to a destination, or under a name into the directory that this is. */
    private void file(FileTree tree, String from, String destination, String name) throws IOException, BuildException {
        TarEntry entry = tree.find(from).orElseThrow(() -> new IOException(RawPath.display(from) + " is gone"));
        boolean into = destination.endsWith("/")
                || target.follow(destination).filter(there -> there.kind() == TarEntry.Kind.DIRECTORY).isPresent();
        String whole = target.resolve(into ? destination + "/" + name : destination);
        String parent = target.makeDirectories(RawPath.parent(whole), owner());
        put(tree, from, entry, RawPath.join(parent, RawPath.name(whole)), manner.keepOwners());
    }

    private Owner owner() {
        return manner.owner().orElse(Owner.ROOT);
    }

    /** What is in a directory goes into another, which is there. */
    private void tree(FileTree tree, String from, String to, boolean keepOwners) throws IOException, BuildException {
        for (String name : tree.names(from)) {
            String path = RawPath.join(from, name);
            TarEntry entry = tree.find(path).orElseThrow(() -> new IOException(RawPath.display(path) + " is gone"));
            String wanted = RawPath.join(to, name);
            if (entry.kind() != TarEntry.Kind.DIRECTORY) {
                put(tree, path, entry, wanted, keepOwners);
                continue;
            }
            String at = target.resolve(wanted); // a link to a directory stays, and is followed
            if (at.equals(wanted) || target.find(at).isEmpty()) {
                target.makeDirectories(RawPath.parent(at), owner());
                put(tree, path, entry, at, keepOwners);
            }
            tree(tree, path, at, keepOwners);
        }
    }

    private void put(FileTree tree, String from, TarEntry e, String to, boolean keepOwners) throws IOException, BuildException {
        Owner owner = manner.owner().orElse(keepOwners ? new Owner(e.uid(), e.gid()) : Owner.ROOT);
        boolean link = e.kind() == TarEntry.Kind.SYMLINK;
        target.put(
                new TarEntry(
                        to, e.kind(), link ? 0777 : manner.permissions().orElse(e.permissions()), owner.uid(), owner.gid(), e.sizeBytes(),
                        e.mtimeSeconds(), e.mtimeNanos(), e.linkTarget(), e.devMajor(), e.devMinor(), e.xattrs()),
                Optional.of(tree),
                from);
    }

    /** A file as an archive, if it is one. */
    private Optional<TarTree> archive(String path, TarEntry entry) throws IOException, BuildException {
        String shown = manner.keyword() + ": the archive " + entry.display();
        byte[] head;
        try (InputStream in = source.open(path)) {
            head = in.readNBytes(ARCHIVE_HEAD_BYTES);
        }
        switch (ArchiveKind.of(head)) {
            case NONE -> {
                return Optional.empty();
            }
            case COMPRESSED -> {
                try (InputStream in = source.open(path)) {
                    if (!ArchiveKind.holdsTar(in)) {
                        return Optional.empty();
                    }
                } catch (UnpackingException e) {
                    throw BuildException.invalid(shown + " " + e.getMessage());
                }
            }
            case TAR -> {
                // read below
            }
        }
        try (InputStream in = source.open(path)) {
            TarTree tree = TarTree.read(in, limits, tmp, shown);
            used.add(tree);
            return Optional.of(tree);
        }
    }

    /** Ends the use of archives: not before the layer is written. */
    @Override
    public void close() throws IOException {
        for (Closeable each : used) {
            each.close();
        }
    }
}
