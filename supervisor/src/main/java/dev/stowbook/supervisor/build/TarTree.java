package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.LayerException;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarReader;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.LayerLimits;
import dev.stowbook.supervisor.image.Spool;
import dev.stowbook.supervisor.image.Unpacking;
import dev.stowbook.supervisor.image.UnpackingException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A tar's files. They are never unpacked: their bytes lie one after the other in a file without a name, their digests are taken on the way there,
 * and the rest is in memory.
 */
final class TarTree implements FileTree, Closeable {
    private static final int MOST_FILES = 1_000_000;

    private record Member(TarEntry entry, long offset, String digest) {}

    private final Spool spool;
    private final Map<String, Member> members = new HashMap<>();
    private final Map<String, TreeSet<String>> names = new HashMap<>();
    private long bytes;

    private TarTree(Spool spool) {
        this.spool = spool;
        members.put("", directory(""));
    }

    /**
     * Reads a tar, plain or compressed, to its end.
     *
     * @param limits what it may unpack to
     * @throws BuildException if it is damaged, is too much, or holds what does not belong there
     */
    static TarTree read(InputStream in, LayerLimits limits, Path tmp, String what) throws IOException, BuildException {
        TarTree tree = new TarTree(Spool.open(tmp));
        boolean whole = false;
        try (Unpacking plain = Unpacking.of(in, limits)) {
            TarReader tar = new TarReader(plain);
            for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                plain.admit(tree.bytes + entry.get().sizeBytes());
                tree.take(entry.get(), tar, what);
            }
            whole = true;
            return tree;
        } catch (UnpackingException e) {
            throw BuildException.invalid(what + " " + e.getMessage());
        } catch (LayerException e) {
            throw BuildException.invalid(what + " cannot be read: " + e.getMessage());
        } finally {
            if (!whole) {
                tree.close();
            }
        }
    }

    private void take(TarEntry entry, TarReader tar, String what) throws IOException, BuildException {
        String path = clean(entry.path())
                .orElseThrow(() -> BuildException.invalid(what + " has a file " + entry.display() + " outside of itself: it is refused"));
        if (members.size() >= MOST_FILES) {
            throw BuildException.invalid(what + " has more than " + MOST_FILES + " files: leave some out with .dockerignore");
        }
        if (path.isEmpty()) {
            return;
        }
        Member member = switch (entry.kind()) {
            case FILE -> file(entry, path, tar);
            case HARD_LINK -> {
                Member first = members.get(clean(entry.linkTarget()).orElse(""));
                if (first == null || first.entry().kind() == TarEntry.Kind.DIRECTORY) {
                    throw BuildException.invalid(what + " has a hard link " + entry.display() + " to a file that is not before it");
                }
                yield new Member(renamed(first.entry(), path), first.offset(), first.digest());
            }
            case SYMLINK, DIRECTORY, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> new Member(renamed(entry, path), 0, "");
        };
        enter(path, member, what);
    }

    private Member file(TarEntry entry, String path, TarReader tar) throws IOException {
        MessageDigest sha256 = sha256();
        OutputStream out = spool.output();
        byte[] buffer = new byte[128 * 1024];
        long offset = bytes;
        for (int got = tar.read(buffer, buffer.length); got > 0; got = tar.read(buffer, buffer.length)) {
            out.write(buffer, 0, got);
            sha256.update(buffer, 0, got);
            bytes += got;
        }
        return new Member(renamed(entry, path), offset, HexFormat.of().formatHex(sha256.digest()));
    }

    private void enter(String path, Member member, String what) throws BuildException {
        String parent = RawPath.parent(path);
        Member above = members.get(parent);
        if (above == null) {
            enter(parent, directory(parent), what);
        } else if (above.entry().kind() != TarEntry.Kind.DIRECTORY) {
            throw BuildException.invalid(what + " has a file \"" + RawPath.display(path) + "\" below something that is no directory");
        }
        Member before = members.put(path, member);
        if (before != null && before.entry().kind() == TarEntry.Kind.DIRECTORY && member.entry().kind() != TarEntry.Kind.DIRECTORY) {
            throw BuildException.invalid(what + " has \"" + RawPath.display(path) + "\" twice, as a directory and as something else");
        }
        names.computeIfAbsent(parent, any -> new TreeSet<>()).add(RawPath.name(path));
    }

    private static Member directory(String path) {
        return new Member(
                new TarEntry(path, TarEntry.Kind.DIRECTORY, 0755, 0, 0, 0, 0, 0, "", 0, 0, Collections.unmodifiableSortedMap(new TreeMap<>())), 0, "");
    }

    private static TarEntry renamed(TarEntry e, String path) {
        return new TarEntry(
                path, e.kind(), e.permissions(), e.uid(), e.gid(), e.sizeBytes(), e.mtimeSeconds(), e.mtimeNanos(), e.linkTarget(), e.devMajor(),
                e.devMinor(), e.xattrs());
    }

    /** A path as this tree has it; empty if it leaves the tree. */
    static Optional<String> clean(String path) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                if (parts.pollLast() == null) {
                    return Optional.empty();
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return Optional.of(String.join("/", parts));
    }

    static MessageDigest sha256() {
        return Digest.begin();
    }

    @Override
    public Optional<TarEntry> find(String path) {
        return Optional.ofNullable(members.get(path)).map(Member::entry);
    }

    @Override
    public List<String> names(String directory) {
        return List.copyOf(names.getOrDefault(directory, new TreeSet<>()));
    }

    @Override
    public InputStream open(String path) throws IOException {
        Member member = members.get(path);
        if (member == null) {
            throw new IOException("there is no file " + RawPath.display(path));
        }
        return spool.part(member.offset(), member.entry().sizeBytes());
    }

    @Override
    public String digest(String path) throws IOException {
        Member member = members.get(path);
        if (member == null) {
            throw new IOException("there is no file " + RawPath.display(path));
        }
        return member.digest();
    }

    /** Takes a file at the root out of it. */
    void leaveOut(String name) {
        if (members.remove(name) != null) {
            names.getOrDefault("", new TreeSet<>()).remove(name);
        }
    }

    /** How many files, links and directories it has. */
    int size() {
        return members.size() - 1;
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
