package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Files that can be looked at and read: what was sent, an archive, an image. Paths are raw, without a slash at either end, without {@code .} and
 * {@code ..}; the root is empty. No method follows a link; {@link #resolve} does, and never out of the tree.
 */
interface FileTree {
    int MOST_LINKS = 40;

    /** What is at a path whose directories are no links. */
    Optional<TarEntry> find(String path) throws IOException;

    /** The names in a directory, sorted. */
    List<String> names(String directory) throws IOException;

    /** A regular file's bytes. */
    InputStream open(String path) throws IOException;

    /** The lower-case hex SHA-256 of a regular file's bytes. */
    String digest(String path) throws IOException;

    /** A path without {@code .}, {@code ..} and doubled slashes, as it is written: {@code ..} of the root is the root. */
    static String inRoot(String path) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return String.join("/", parts);
    }

    /** Where a path leads when every link in it is followed, the tree's root being the root. What is not there is taken as it is written. */
    default String resolve(String path) throws IOException {
        Deque<String> left = new ArrayDeque<>(Arrays.asList(path.split("/")));
        String current = "";
        int links = 0;
        while (!left.isEmpty()) {
            String name = left.pop();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..")) {
                current = RawPath.parent(current);
                continue;
            }
            String next = RawPath.join(current, name);
            Optional<TarEntry> found = find(next);
            if (found.isEmpty() || found.get().kind() != TarEntry.Kind.SYMLINK) {
                current = next;
                continue;
            }
            if (++links > MOST_LINKS) {
                throw new IOException("\"" + RawPath.display(path) + "\" leads through more than " + MOST_LINKS + " links: it goes in a circle");
            }
            String target = found.get().linkTarget();
            if (target.startsWith("/")) {
                current = "";
            }
            List<String> parts = List.of(target.split("/"));
            parts.reversed().forEach(left::push);
        }
        return current;
    }

    /** What a path leads to. */
    default Optional<TarEntry> follow(String path) throws IOException {
        return find(resolve(path));
    }
}
