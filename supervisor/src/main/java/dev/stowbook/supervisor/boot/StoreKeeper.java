package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.http.ImageUploads.UploadRefused;
import dev.stowbook.supervisor.http.StoreCare;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.Garbage;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.Known;
import dev.stowbook.supervisor.image.Refetch;
import dev.stowbook.supervisor.image.Unneeded;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Checks and cleans the content store for the API. Workers only. */
final class StoreKeeper implements StoreCare {
    private final ContentStore store;
    private final Path root;
    private final ImageMarks marks;
    private final Supplier<State> newest;
    private final Refetch refetch;

    /** @param newest the newest durable state */
    StoreKeeper(ContentStore store, Path root, ImageMarks marks, Supplier<State> newest, Refetch refetch) {
        this.store = store;
        this.root = root;
        this.marks = marks;
        this.newest = newest;
        this.refetch = refetch;
    }

    @Override
    public List<Found> check(boolean repair, Progress progress) throws UploadRefused {
        try {
            return store.fsck(newest, refetch, repair, progress::at).stream()
                    .map(found -> new Found(
                            found.kind().name().toLowerCase(Locale.ROOT), found.what(), found.name(), found.images(), found.detail(),
                            found.repaired(), found.remedy()))
                    .toList();
        } catch (ImageException e) {
            throw new UploadRefused(e.code(), e.getMessage(), e);
        }
    }

    @Override
    public List<Item> unused(boolean named) {
        return items(Unneeded.of(newest.get(), named, Long.MAX_VALUE));
    }

    private static List<Item> items(List<Unneeded> images) {
        return images.stream()
                .map(image -> new Item(image.image(), image.image(), image.references(), image.freesBytes(), image.why()))
                .toList();
    }

    @Override
    public List<Item> unknown() throws UploadRefused {
        List<Item> items = new ArrayList<>();
        try {
            Garbage garbage = store.garbage(this::known);
            String why = "no event of the book knows it, and nothing on its way into the store holds it";
            garbage.images().forEach(id -> items.add(new Item("", "configuration " + id, List.of(), 0, why)));
            garbage.layers().forEach(layer -> items.add(new Item("", "layer " + layer.chainId(), List.of(), layer.sizeBytes(), why)));
            garbage.cacheIds().forEach(id -> items.add(new Item("", "layer of the graph driver " + id, List.of(), 0, why)));
        } catch (ImageException e) {
            throw new UploadRefused(e.code(), e.getMessage(), e);
        }
        return items;
    }

    @Override
    public List<Item> excess(long freedBytes) throws IOException {
        long excess = excessBytes() - freedBytes;
        return excess > 0 ? items(Unneeded.of(newest.get(), true, excess)) : List.of();
    }

    private Known known() {
        return Known.of(newest.get());
    }

    /** By how much the disk is fuller than the low mark. */
    private long excessBytes() throws IOException {
        FileStore disk = Files.getFileStore(root);
        long used = disk.getTotalSpace() - disk.getUnallocatedSpace();
        return used - disk.getTotalSpace() / 100 * marks.lowPercent();
    }

    @Override
    public void collect() throws UploadRefused {
        try {
            store.collect(store.garbage(this::known), name -> known().uses(name));
        } catch (ImageException e) {
            throw new UploadRefused(e.code(), e.getMessage(), e);
        }
    }

    @Override
    public Disk disk() throws IOException {
        FileStore disk = Files.getFileStore(root);
        long used = disk.getTotalSpace() - disk.getUnallocatedSpace();
        return new Disk((int) (used * 100.0 / Math.max(1, disk.getTotalSpace())), marks.highPercent(), marks.lowPercent());
    }

    /** Whether images have to go without being asked. */
    boolean tooFull() throws IOException {
        return marks.highPercent() < ImageMarks.NEVER && disk().usedPercent() >= marks.highPercent();
    }
}
