package dev.stowbook.graph.overlay;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.layer.LowerLayers;
import dev.stowbook.spi.graph.Change;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What an overlay layer changes in what lies below it. */
final class OverlayChanges {
    private final FileCalls files;
    private final LowerLayers below;

    OverlayChanges(FileCalls files, LowerLayers below) {
        this.files = files;
        this.below = below;
    }

    List<Change> of(int treeFd) throws LinuxException {
        List<Change> changes = new ArrayList<>();
        new Trees(files).walk(treeFd, (dirFd, name, path, status) -> {
            boolean opaque = status.isDirectory() && LowerLayers.isOpaque(files, dirFd, name);
            if (status.isWhiteout()) {
                changes.add(change(path, Change.Kind.DELETED));
            } else if (!path.isEmpty()) {
                boolean replaced = below.find(path).isPresent();
                changes.add(change(path, replaced ? Change.Kind.MODIFIED : Change.Kind.ADDED));
            }
            if (opaque) {
                addHidden(dirFd, name, path, changes);
            }
            return true;
        });
        changes.sort(Comparator.comparing(Change::path));
        return changes;
    }

    /** What an opaque directory hides and does not have itself. */
    private void addHidden(int dirFd, String name, String path, List<Change> changes) throws LinuxException {
        for (String child : below.names(path)) {
            if (files.statusIfPresent(dirFd, RawPath.join(name, child)).isEmpty()) {
                changes.add(change(RawPath.join(path, child), Change.Kind.DELETED));
            }
        }
    }

    private static Change change(String path, Change.Kind kind) {
        return new Change("/" + new String(RawPath.bytes(path), StandardCharsets.UTF_8), kind);
    }
}
