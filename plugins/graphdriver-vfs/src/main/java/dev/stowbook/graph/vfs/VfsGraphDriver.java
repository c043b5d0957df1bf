package dev.stowbook.graph.vfs;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.TreeCopy;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.layer.AppliedLayer;
import dev.stowbook.linux.layer.LayerApplier;
import dev.stowbook.linux.layer.LayerQuota;
import dev.stowbook.linux.layer.LayerRecord;
import dev.stowbook.linux.layer.LayerStore;
import dev.stowbook.linux.layer.TreeComparison;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Layers as full copies: {@code <id>/diff} is the whole merged tree. What a layer changes is found by comparing it with its parent's tree.
 */
public final class VfsGraphDriver implements GraphDriver {
    private final FileCalls files;
    private final Trees trees;
    private final MountCalls mounts;
    private final LayerStore store;
    private final LayerQuota quota;

    private VfsGraphDriver(FileCalls files, MountCalls mounts, LayerStore store, LayerQuota quota) {
        this.files = files;
        this.trees = new Trees(files);
        this.mounts = mounts;
        this.store = store;
        this.quota = quota;
    }

    /** Opens the driver on a directory of its own. */
    static VfsGraphDriver open(FileCalls files, MountCalls mounts, Path home) throws DriverException {
        try {
            LayerQuota quota = LayerQuota.of(files, Subvolumes.linux(), home);
            return new VfsGraphDriver(files, mounts, LayerStore.open(files, home), quota);
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
            return new PreparedLayer(id, directory(known.get()));
        }
        if (request.quotaBytes().isPresent() && !quota.isSupported()) {
            throw new DriverException(DriverErrorCode.UNSUPPORTED, 0, "prepare", id, "the driver vfs can limit what a container writes only on btrfs, "
                    + "and its layers are on another file system; leave the limit out, or put the daemon's root on a btrfs");
        }
        List<String> lower = lowerOf("prepare", id, request.parentId());
        try (LayerStore.Building building = request.quotaBytes().isPresent() ? beginLimited(id) : begin("prepare", id)) {
            copyParent(building, lower);
            if (request.quotaBytes().isPresent()) {
                quota.limit(building, request.quotaBytes().getAsLong());
            }
            // Synced, or a power loss might leave it its record and not what was copied; beside the copy that is little.
            LayerRecord layer = building.publish(new LayerRecord(id, true, 0, 0, lower), true);
            return new PreparedLayer(id, directory(layer));
        } catch (LinuxException e) {
            throw Failures.of("prepare", id, e);
        }
    }

    /** Begins a layer's tree with all that its parent's has. */
    private void copyParent(LayerStore.Building building, List<String> lower) throws LinuxException {
        files.mkdir(building.fd(), LayerStore.TREE, 0755);
        try (Fd tree = trees.openDirectory(building.fd(), LayerStore.TREE)) {
            if (lower.isEmpty()) {
                files.chmod(tree.number(), 0755);
                files.setTimes(tree.number(), 0, 0);
                return;
            }
            try (Fd parent = store.openTree(lower.getFirst())) {
                new TreeCopy(files).copy(parent.number(), tree.number());
            }
        }
    }

    @Override
    public AppliedDiff applyDiff(ApplyDiffRequest request) throws DriverException {
        String id = request.layerId();
        checkId("applyDiff", id);
        Optional<LayerRecord> known = store.find(id);
        if (known.isPresent()) {
            return applied(known.get());
        }
        List<String> lower = lowerOf("applyDiff", id, request.parentId());
        try (LayerStore.Building building = begin("applyDiff", id)) {
            copyParent(building, lower);
            AppliedLayer applied;
            try (LayerApplier applier = LayerApplier.inPlace(files, building.path(LayerStore.TREE))) {
                applied = applier.apply(request.tar());
            }
            return applied(building.publish(
                    new LayerRecord(id, false, applied.sizeBytes(), applied.entries(), lower), true));
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
                    Fd target = trees.openDirectory(building.fd(), LayerStore.TREE)) {
                new TreeCopy(files).copy(source.number(), target.number());
            }
            TreeComparison.Size changed = comparison(from).measure();
            return applied(building.publish(
                    new LayerRecord(id, false, changed.regularFileBytes(), changed.files(), from.lower()), true));
        } catch (LinuxException e) {
            throw Failures.of("commit", id, e);
        }
    }

    private TreeComparison comparison(LayerRecord layer) {
        return new TreeComparison(files, store, layer.id(), layer.parent());
    }

    @Override
    public void diff(DiffRequest request) throws DriverException {
        LayerRecord layer = layer("diff", request.layerId());
        try {
            comparison(layer).write(request.tar());
        } catch (LinuxException e) {
            throw Failures.of("diff", request.layerId(), e);
        } catch (IOException e) {
            throw Failures.of("diff", request.layerId(), e);
        }
    }

    @Override
    public List<Change> changes(LayerTarget target) throws DriverException {
        LayerRecord layer = layer("changes", target.layerId());
        try {
            return comparison(layer).differences().stream()
                    .filter(difference -> !difference.path().isEmpty())
                    .map(VfsGraphDriver::change)
                    .sorted(Comparator.comparing(Change::path))
                    .toList();
        } catch (LinuxException e) {
            throw Failures.of("changes", target.layerId(), e);
        }
    }

    private static Change change(TreeComparison.Difference difference) {
        Change.Kind kind = switch (difference.kind()) {
            case ADDED -> Change.Kind.ADDED;
            case MODIFIED -> Change.Kind.MODIFIED;
            case DELETED -> Change.Kind.DELETED;
        };
        return new Change("/" + new String(RawPath.bytes(difference.path()), StandardCharsets.UTF_8), kind);
    }

    @Override
    public RootfsMount mounts(LayerTarget target) throws DriverException {
        LayerRecord layer = layer("mounts", target.layerId());
        if (!layer.writable()) {
            throw new DriverException(
                    DriverErrorCode.INVALID, 0, "mounts", layer.id(), "the layer is read-only; prepare a writable one on it");
        }
        return directory(layer);
    }

    private RootfsMount directory(LayerRecord layer) {
        return new RootfsMount.Directory(store.path(layer.id(), LayerStore.TREE));
    }

    @Override
    public View view(LayerTarget target) throws DriverException {
        LayerRecord layer = layer("view", target.layerId());
        String tree = RawPath.of(store.path(layer.id(), LayerStore.TREE));
        try (Fd mount = mounts.openTree(LibC.AT_FDCWD, tree, MountCalls.OPEN_TREE_CLONE)) {
            if (!layer.writable()) {
                mounts.setAttributes(mount, MountCalls.MOUNT_ATTR_RDONLY);
            }
            return new View(mount.release());
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
            return switch (store.state(target.layerId(), layer -> Set.of(LayerStore.TREE))) {
                case COMPLETE -> new Inspection(Presence.PRESENT, "the layer is complete");
                case ABSENT -> new Inspection(Presence.ABSENT, "nothing of the layer is there");
                case REMAINS -> new Inspection(Presence.PARTIAL, "the layer was not finished, not removed whole, or lacks one below it");
                case FOREIGN -> new Inspection(Presence.FOREIGN, foreign(target.layerId()));
            };
        } catch (LinuxException e) {
            throw Failures.of("inspect", target.layerId(), e);
        }
    }

    @Override
    public List<LayerEntry> list() throws DriverException {
        try {
            List<LayerEntry> found = new ArrayList<>();
            store.list().forEach((id, layer) -> found.add(new LayerEntry(
                    id, layer.isPresent() ? Presence.PRESENT : Presence.PARTIAL, layer.isPresent() && layer.get().writable())));
            return found;
        } catch (LinuxException e) {
            throw Failures.of("list", "vfs", e);
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
        switch (store.state(id, layer -> Set.of(LayerStore.TREE))) {
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

    private List<String> lowerOf(String operation, String id, Optional<String> parentId) throws DriverException {
        return store.lowerOf(parentId).orElseThrow(() -> Failures.noParent(operation, id, parentId.orElseThrow()));
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
