package dev.stowbook.graph.overlay;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.LowerLayers;
import dev.stowbook.linux.layer.OverlayWalk;
import dev.stowbook.spi.graph.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What an overlay layer changes in what lies below it. */
final class OverlayChanges {
    private final FileCalls files;
    private final LowerLayers below;

    OverlayChanges(FileCalls files, LowerLayers below) {
        this.files = files;
        this.below = below;
    }

    List<Change> of(int treeFd) throws IOException, LinuxException {
        SortedMap<String, Change.Kind> changes = new TreeMap<>();
        List<String> opaque = new ArrayList<>();
        new OverlayWalk(files, below).walk(treeFd, new OverlayWalk.Visitor() {
            @Override
            public void present(OverlayWalk.Place place, String path, FileStatus status, OverlayWalk.Place data)
                    throws LinuxException {
                if (!path.isEmpty()) {
                    changes.put(path, below.find(path).isPresent() ? Change.Kind.MODIFIED : Change.Kind.ADDED);
                }
            }

            @Override
            public void deleted(String path) {
                changes.put(path, Change.Kind.DELETED);
            }

            @Override
            public void opaque(String path) {
                opaque.add(path);
            }
        });
        for (String path : opaque) {
            for (String hidden : below.names(path)) {
                changes.putIfAbsent(RawPath.join(path, hidden), Change.Kind.DELETED);
            }
        }
        return changes.entrySet().stream()
                .map(entry -> change(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparing(Change::path))
                .toList();
    }

    private static Change change(String path, Change.Kind kind) {
        return new Change("/" + new String(RawPath.bytes(path), StandardCharsets.UTF_8), kind);
    }
}
