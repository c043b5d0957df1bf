package dev.stowbook.linux.layer;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileStatus;
import java.io.IOException;
import java.util.Optional;

/** How a layer says that something of the layers below is gone, and how those are seen. */
sealed interface Deletions permits OverlayDeletions, PlainDeletions {

    /** A name of the layers below is deleted; what this layer itself has under it stays. */
    void delete(LayerTree tree, LayerTree.Directory parent, String name) throws IOException, LinuxException;

    /** All that the layers below have in a directory is deleted; what this layer itself has in it stays. */
    void deleteChildren(LayerTree tree, LayerTree.Directory directory) throws IOException, LinuxException;

    /** Whether a file found in the layer's directory came from the tar, rather than from a copy of what lies below. */
    boolean isOwn(String path);

    /** A path of the tar was made. */
    void made(String path);

    /** What the layers below show at a path that the directory itself lacks. */
    Optional<LowerLayers.Found> below(String path) throws LinuxException;

    /** The target of a link found by {@link #below}. */
    String readLink(LowerLayers.Found link) throws LinuxException;

    /** Gives a directory made on the way the attributes that the one below has. */
    void copyAttributes(LowerLayers.Found from, LayerTree.Directory parent, String name) throws LinuxException;

    /** A directory is made where the layer had a mark that the lower one is deleted. */
    void afterWhiteout(LayerTree.Directory parent, String name) throws LinuxException;

    /** Whether what stands there is such a mark. */
    static boolean isMark(FileStatus status) {
        return status.isWhiteout();
    }
}
