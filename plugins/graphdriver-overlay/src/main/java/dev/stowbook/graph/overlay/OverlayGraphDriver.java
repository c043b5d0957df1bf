package dev.stowbook.graph.overlay;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.layer.AppliedLayer;
import dev.stowbook.linux.layer.LayerApplier;
import dev.stowbook.linux.layer.LayerQuota;
import dev.stowbook.linux.layer.LayerRecord;
import dev.stowbook.linux.layer.LayerStore;
import dev.stowbook.linux.layer.LayerWriter;
import dev.stowbook.linux.layer.LowerLayers;
import dev.stowbook.linux.layer.OverlayCopy;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.Change;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.PreparedLayer;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.spi.graph.Usage;
import dev.stowbook.spi.graph.View;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Layers for the overlay file system (overlayfs.rst). A layer is {@code <id>/diff}, what it changes in overlay's own form (whiteouts,
 * opaque marks); a writable one has {@code <id>/work} as well. Nothing is ever mounted on the host.
 */
public final class OverlayGraphDriver implements GraphDriver {
    private static final String WORK = "work";
    /** The kernel's limit of lower directories (fs/overlayfs/params.h, OVL_MAX_STACK). */
    private static final int MAX_LOWER = 500;

    private final FileCalls files;
    private final Trees trees;
    private final LayerStore store;
    private final LayerQuota quota;
    private final OverlayView views;
    private final RootAttributes roots;

    private OverlayGraphDriver(FileCalls files, MountCalls mounts, LayerStore store, LayerQuota quota, String home) {
        this.files = files;
        this.trees = new Trees(files);
        this.store = store;
        this.quota = quota;
        this.views = new OverlayView(mounts, new OverlayOptionPage(mounts, home));
        this.roots = new RootAttributes(files);
    }

    /** Opens the driver on a directory of its own. */
    static OverlayGraphDriver open(FileCalls files, MountCalls mounts, Path home) throws DriverException {
        try {
            LayerQuota quota = LayerQuota.of(files, Subvolumes.linux(), home);
            return new OverlayGraphDriver(files, mounts, LayerStore.open(files, home), quota, RawPath.of(home));
        } catch (LinuxException e) {
            throw Failures.of("open", home.toString(), e);
        }
    }

    @Override
    public PreparedLayer prepare(PrepareRequest request) throws DriverException {
        String id = request.layerId();
        checkId("prepare", id);
        Optional<LayerRecord> known = store.find(id);
        if (known.isPresent()) {
            if (!known.get().writable()) {
                throw new DriverException(
                        DriverErrorCode.FOREIGN, 0, "prepare", id, "a read-only layer has this id; use another");
            }
            return new PreparedLayer(id, overlay(known.get()));
        }
        if (request.quotaBytes().isPresent() && !quota.isSupported()) {
            throw new DriverException(DriverErrorCode.UNSUPPORTED, 0, "prepare", id, "the driver overlay can limit what a container writes only on btrfs, "
                    + "and its layers are on another file system; leave the limit out, or put the daemon's root on a btrfs");
        }
        List<String> lower = lowerOf("prepare", id, request.parentId(), MAX_LOWER);
        LayerRecord wanted = new LayerRecord(id, true, 0, 0, lower);
        Optional<LayerRecord> kept = withoutRecord(wanted);
        if (kept.isPresent()) {
            return new PreparedLayer(id, overlay(kept.get()));
        }
        try (LayerStore.Building building = request.quotaBytes().isPresent() ? beginLimited(id) : begin("prepare", id)) {
            files.mkdir(building.fd(), LayerStore.TREE, 0755);
            roots.give(building.fd(), LayerStore.TREE, tree(lower));
            files.mkdir(building.fd(), WORK, 0700);
            if (request.quotaBytes().isPresent()) {
                quota.limit(building, request.quotaBytes().getAsLong());
            }
            // Not synced: a start waits for no disk. What a power loss takes of the record is written again by the next start.
            return new PreparedLayer(id, overlay(building.publish(wanted, false)));
        } catch (LinuxException e) {
            throw Failures.of("prepare", id, e);
        }
    }

    /** What a container wrote and synced outlives a power loss that took its layer's record, which nobody synced. */
    private Optional<LayerRecord> withoutRecord(LayerRecord wanted) throws DriverException {
        try {
            return store.recordAgain(wanted, parts(wanted));
        } catch (LinuxException e) {
            throw Failures.of("prepare", wanted.id(), e);
        }
    }

    /** The tree whose root a new layer's root is to look like: the topmost lower one. */
    private Optional<String> tree(List<String> lower) {
        return lower.isEmpty() ? Optional.empty() : Optional.of(rawTree(lower.getFirst()));
    }

    private String rawTree(String id) {
        return RawPath.of(store.path(id, LayerStore.TREE));
    }

    @Override
    public AppliedDiff applyDiff(ApplyDiffRequest request) throws DriverException {
        String id = request.layerId();
        checkId("applyDiff", id);
        Optional<LayerRecord> known = store.find(id);
        if (known.isPresent()) {
            return applied(known.get());
        }
        List<String> lower = lowerOf("applyDiff", id, request.parentId(), MAX_LOWER - 1); // it becomes one itself
        try (LayerStore.Building building = begin("applyDiff", id)) {
            files.mkdir(building.fd(), LayerStore.TREE, 0755);
            roots.give(building.fd(), LayerStore.TREE, tree(lower));
            AppliedLayer applied;
            try (LowerLayers below = LowerLayers.open(files, lower.stream().map(this::rawTree).toList());
                    LayerApplier applier = LayerApplier.forOverlay(files, building.path(LayerStore.TREE), below)) {
                applied = applier.apply(request.tar());
            }
            // Overlay always merges the roots of layers, whatever their marks: one that hides all below it stands on nothing.
            List<String> under = LowerLayers.isOpaque(files, building.fd(), LayerStore.TREE) ? List.of() : lower;
            return applied(building.publish(
                    new LayerRecord(id, false, applied.sizeBytes(), applied.entries(), under), true));
        } catch (LinuxException e) {
            throw Failures.of("applyDiff", id, e);
        } catch (IOException e) {
            throw Failures.of("applyDiff", id, e);
        }
    }

    private static AppliedDiff applied(LayerRecord layer) {
        return new AppliedDiff(layer.id(), layer.sizeBytes(), layer.entries());
    }

    @Override
    public AppliedDiff commit(CommitRequest request) throws DriverException {
        String id = request.newLayerId();
        checkId("commit", id);
        Optional<LayerRecord> known = store.find(id);
        if (known.isPresent()) {
            return applied(known.get());
        }
        LayerRecord from = layer("commit", request.layerId());
        try (LayerStore.Building building = begin("commit", id)) {
            files.mkdir(building.fd(), LayerStore.TREE, 0700);
            try (Fd source = store.openTree(from.id());
                    LowerLayers below = below(from);
                    Fd target = trees.openDirectory(building.fd(), LayerStore.TREE)) {
                OverlayCopy.copy(files, source.number(), below, target.number());
                Trees.Size size = trees.measure(target.number());
                return applied(building.publish(
                        new LayerRecord(id, false, size.regularFileBytes(), size.inodes() - 1, from.lower()), true));
            }
        } catch (LinuxException e) {
            throw Failures.of("commit", id, e);
        } catch (IOException e) {
            throw Failures.of("commit", id, e);
        }
    }

    private LowerLayers below(LayerRecord layer) throws LinuxException {
        return LowerLayers.open(files, layer.lower().stream().map(this::rawTree).toList());
    }

    @Override
    public void diff(DiffRequest request) throws DriverException {
        LayerRecord layer = layer("diff", request.layerId());
        try (Fd tree = store.openTree(layer.id());
                LowerLayers below = below(layer)) {
            LayerWriter writer = new LayerWriter(files, request.tar());
            writer.addOverlayLayer(tree.number(), below);
            writer.finish();
        } catch (LinuxException e) {
            throw Failures.of("diff", request.layerId(), e);
        } catch (IOException e) {
            throw Failures.of("diff", request.layerId(), e);
        }
    }

    @Override
    public List<Change> changes(LayerTarget target) throws DriverException {
        LayerRecord layer = layer("changes", target.layerId());
        try (Fd tree = store.openTree(layer.id());
                LowerLayers below = below(layer)) {
            return new OverlayChanges(files, below).of(tree.number());
        } catch (LinuxException e) {
            throw Failures.of("changes", target.layerId(), e);
        } catch (IOException e) {
            throw Failures.of("changes", target.layerId(), e);
        }
    }

    @Override
    public RootfsMount mounts(LayerTarget target) throws DriverException {
        LayerRecord layer = layer("mounts", target.layerId());
        if (!layer.writable()) {
            throw new DriverException(
                    DriverErrorCode.INVALID, 0, "mounts", layer.id(), "the layer is read-only; prepare a writable one on it");
        }
        return overlay(layer);
    }

    private RootfsMount overlay(LayerRecord layer) {
        List<Path> lower = layer.lower().stream().map(id -> store.path(id, LayerStore.TREE)).toList();
        Path upper = store.path(layer.id(), LayerStore.TREE);
        return lower.isEmpty()
                ? new RootfsMount.Directory(upper) // overlay wants at least one lower directory
                : new RootfsMount.Overlay(lower, upper, store.path(layer.id(), WORK));
    }

    @Override
    public View view(LayerTarget target) throws DriverException {
        LayerRecord layer = layer("view", target.layerId());
        List<String> lower = layer.lower().stream().map(this::rawTree).toList();
        try {
            return new View(layer.writable()
                    ? views.writable(lower, rawTree(layer.id()), RawPath.of(store.path(layer.id(), WORK)))
                    : views.readOnly(layer.withBelow().stream().map(this::rawTree).toList()));
        } catch (LinuxException e) {
            throw Failures.of("view", layer.id(), e);
        }
    }

    @Override
    public Usage usage(LayerTarget target) throws DriverException {
        layer("usage", target.layerId());
        try (Fd tree = store.openTree(target.layerId())) {
            Trees.Size size = trees.measure(tree.number());
            return new Usage(size.allocatedBytes(), size.inodes());
        } catch (LinuxException e) {
            throw Failures.of("usage", target.layerId(), e);
        }
    }

    @Override
    public Inspection inspect(LayerTarget target) throws DriverException {
        checkId("inspect", target.layerId());
        try {
            return switch (store.state(target.layerId(), OverlayGraphDriver::parts)) {
                case COMPLETE -> new Inspection(Presence.PRESENT, "the layer is complete");
                case ABSENT -> new Inspection(Presence.ABSENT, "nothing of the layer is there");
                case REMAINS -> new Inspection(Presence.PARTIAL, "the layer was not finished, not removed whole, or lacks one below it");
                case FOREIGN -> new Inspection(Presence.FOREIGN, foreign(target.layerId()));
            };
        } catch (LinuxException e) {
            throw Failures.of("inspect", target.layerId(), e);
        }
    }

    private static Set<String> parts(LayerRecord layer) {
        return layer.writable() ? Set.of(LayerStore.TREE, WORK) : Set.of(LayerStore.TREE);
    }

    @Override
    public List<LayerEntry> list() throws DriverException {
        try {
            List<LayerEntry> found = new ArrayList<>();
            store.list().forEach((id, layer) -> found.add(new LayerEntry(
                    id, layer.isPresent() ? Presence.PRESENT : Presence.PARTIAL, layer.isPresent() && layer.get().writable())));
            return found;
        } catch (LinuxException e) {
            throw Failures.of("list", "overlay", e);
        }
    }

    @Override
    public void remove(LayerTarget target) throws DriverException {
        String id = target.layerId();
        Inspection found = inspect(target);
        if (found.presence() == Presence.FOREIGN) {
            throw new DriverException(DriverErrorCode.FOREIGN, 0, "remove", id, found.detail());
        }
        Optional<String> child = store.childOf(id);
        if (child.isPresent()) {
            throw new DriverException(
                    DriverErrorCode.BUSY, 0, "remove", id, "the layer " + child.get() + " stands on it; remove that first");
        }
        try {
            roots.forget(rawTree(id));
            store.remove(id);
        } catch (LinuxException e) {
            throw Failures.of("remove", id, e);
        }
    }

    /** Begins a layer, in place of remains of it but of nothing else. */
    private LayerStore.Building begin(String operation, String id) throws DriverException, LinuxException {
        makeRoom(operation, id);
        return store.begin(id);
    }

    /** As {@link #begin}, for a layer with a quota. */
    private LayerStore.Building beginLimited(String id) throws DriverException, LinuxException {
        makeRoom("prepare", id);
        return quota.begin(store, id);
    }

    private void makeRoom(String operation, String id) throws DriverException, LinuxException {
        switch (store.state(id, OverlayGraphDriver::parts)) {
            case ABSENT -> {}
            case COMPLETE, REMAINS -> store.remove(id);
            case FOREIGN ->
                throw new DriverException(DriverErrorCode.FOREIGN, 0, operation, id, foreign(id));
        }
    }

    private String foreign(String id) {
        return "what stands at " + store.path(id, "").toAbsolutePath() + " is no layer; move it away";
    }

    private LayerRecord layer(String operation, String id) throws DriverException {
        checkId(operation, id);
        return store.find(id).orElseThrow(() -> Failures.notFound(operation, id));
    }

    private List<String> lowerOf(String operation, String id, Optional<String> parentId, int most) throws DriverException {
        List<String> lower = store.lowerOf(parentId)
                .orElseThrow(() -> Failures.noParent(operation, id, parentId.orElseThrow()));
        if (lower.size() > most) {
            throw new DriverException(DriverErrorCode.UNSUPPORTED, 0, operation, id, "the image would have more than " + MAX_LOWER
                    + " layers, and overlay merges at most that many; build it with fewer");
        }
        return lower;
    }

    private static void checkId(String operation, String id) throws DriverException {
        if (!LayerStore.isId(id)) {
            throw new DriverException(
                    DriverErrorCode.INVALID, 0, operation, id, "a layer's id is 1 to 64 characters of 0-9 and a-f");
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
