package dev.stowbook.linux.layer;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Visits what one overlay layer says of those below it, with overlay's shortcuts resolved: a file of which only the attributes were copied up
 * has its data below ({@code trusted.overlay.metacopy}), and a renamed directory shows what lies below at its old place
 * ({@code trusted.overlay.redirect}). What is visited stands for itself: neither mark is needed to understand it. Not safe for two threads.
 *
 * <p>Source: overlayfs.rst, "Metadata only copy up" and "redirect_dir".
 */
public final class OverlayWalk {
    private static final String METACOPY = LowerLayers.OVERLAY_XATTR_PREFIX + "metacopy";
    private static final String REDIRECT = LowerLayers.OVERLAY_XATTR_PREFIX + "redirect";

    private final FileCalls files;
    private final Trees trees;
    private final LowerLayers lower;

    /**
     * @param files the calls to work with
     * @param lower the layers below, topmost first; closed by the caller
     */
    public OverlayWalk(FileCalls files, LowerLayers lower) {
        this.files = files;
        this.trees = new Trees(files);
        this.lower = lower;
    }

    /** A file by a directory and a path in it; the empty path is the directory itself. */
    public record Place(int dirFd, String path) {}

    /** What is told, names in order of their bytes, a directory before what is in it. */
    public interface Visitor {

        /**
         * A file of this layer, or one from below that this layer shows at another place.
         *
         * @param place where its attributes are
         * @param path its path in the layer; empty for the root
         * @param status what it is
         * @param data where the data of a regular file is, mostly the same place
         */
        void present(Place place, String path, FileStatus status, Place data) throws IOException, LinuxException;

        /** A name of the layers below is gone. */
        void deleted(String path) throws IOException, LinuxException;

        /** All that the layers below have in this directory, told just before, is gone. */
        void opaque(String path) throws IOException, LinuxException;
    }

    /**
     * What lies below a directory of this layer.
     *
     * @param path where, in the layers below; empty if nothing does
     * @param whole whether it must be told, too, because those who know the layers below look for it elsewhere
     */
    private record Below(Optional<String> path, boolean whole) {
        Optional<String> child(String name) {
            return path.map(at -> RawPath.join(at, name));
        }
    }

    /**
     * Visits a layer.
     *
     * @throws IOException if the visitor throws it, or a mark leads to nothing
     */
    public void walk(int layerFd, Visitor visitor) throws IOException, LinuxException {
        Place root = new Place(layerFd, "");
        visitor.present(root, "", files.status(layerFd), root);
        boolean opaque = LowerLayers.isOpaque(files, layerFd, "");
        if (opaque) {
            visitor.opaque("");
        }
        children(layerFd, "", new Below(opaque ? Optional.empty() : Optional.of(""), false), visitor);
    }

    private void children(int dirFd, String path, Below below, Visitor visitor) throws IOException, LinuxException {
        Trees.checkDepth(path);
        Set<String> own = new HashSet<>(files.names(dirFd));
        SortedSet<String> names = new TreeSet<>(own);
        if (below.whole() && below.path().isPresent()) {
            names.addAll(lower.names(below.path().get()));
        }
        for (String name : names) {
            String child = RawPath.join(path, name);
            if (own.contains(name)) {
                own(dirFd, name, child, below, visitor);
            } else {
                fromBelow(below.child(name).orElseThrow(), child, visitor);
            }
        }
    }

    private void own(int dirFd, String name, String path, Below below, Visitor visitor) throws IOException, LinuxException {
        FileStatus status = files.status(dirFd, name);
        if (status.isWhiteout()) {
            if (!below.whole()) {
                visitor.deleted(path);
            }
        } else if (status.isDirectory()) {
            ownDirectory(dirFd, name, path, status, below, visitor);
        } else {
            Place place = new Place(dirFd, name);
            boolean metacopy = status.isRegular() && files.xattr(dirFd, name, METACOPY).isPresent();
            visitor.present(place, path, status, metacopy ? dataBelow(dirFd, name, path, below) : place);
        }
    }

    private void ownDirectory(int dirFd, String name, String path, FileStatus status, Below below, Visitor visitor)
            throws IOException, LinuxException {
        Place place = new Place(dirFd, name);
        visitor.present(place, path, status, place);
        boolean opaque = LowerLayers.isOpaque(files, dirFd, name);
        Optional<String> at = opaque ? Optional.empty() : lowerPath(dirFd, name, below);
        boolean moved = at.isPresent() && !at.get().equals(path);
        if ((opaque || moved) && !below.whole()) {
            visitor.opaque(path);
        }
        try (Fd directory = trees.openDirectory(dirFd, name)) {
            children(directory.number(), path, new Below(at, below.whole() || moved), visitor);
        }
    }

    /** Where the layers below have what this layer has under a name. */
    private Optional<String> lowerPath(int dirFd, String name, Below below) throws LinuxException {
        Optional<String> redirect = files.xattr(dirFd, name, REDIRECT).map(RawPath::ofBytes);
        if (redirect.isEmpty()) {
            return below.child(name);
        }
        // a path from the root, or another name in the same directory
        return redirect.get().startsWith("/") ? Optional.of(redirect.get().substring(1)) : below.child(redirect.get());
    }

    private Place dataBelow(int dirFd, String name, String path, Below below) throws IOException, LinuxException {
        Optional<String> at = lowerPath(dirFd, name, below);
        Optional<LowerLayers.Found> found = at.isPresent() ? lower.find(at.get()) : Optional.empty();
        return found.filter(file -> file.status().isRegular())
                .map(file -> new Place(file.layerFd(), file.path()))
                .orElseThrow(() -> new IOException("overlay says that the data of \"" + RawPath.display(path)
                        + "\" is in a layer below, but none has it: a layer was changed or removed by hand"));
    }

    private void fromBelow(String lowerPath, String path, Visitor visitor) throws IOException, LinuxException {
        Trees.checkDepth(path);
        LowerLayers.Found found = lower.find(lowerPath)
                .orElseThrow(() -> new IOException("\"" + RawPath.display(lowerPath) + "\" vanished from a layer while it was read"));
        Place place = new Place(found.layerFd(), found.path());
        visitor.present(place, path, found.status(), place);
        if (found.status().isDirectory()) {
            for (String name : lower.names(lowerPath)) {
                fromBelow(RawPath.join(lowerPath, name), RawPath.join(path, name), visitor);
            }
        }
    }
}
