package dev.stowbook.supervisor.http;

import java.util.ArrayList;
import java.util.List;

/** A store with one damaged layer, one unknown configuration, and whatever a test calls unused. */
final class FakeCare implements StoreCare {
    private static final long UNKNOWN_BYTES = 5;

    final List<Item> unused = new ArrayList<>();
    int collected;
    /** By how much the disk is too full before anything is removed. */
    long excessBytes = Long.MAX_VALUE;

    @Override
    public List<Found> check(boolean repair, Progress progress) {
        progress.at(1, 2, 3, 4);
        return List.of(new Found("damaged", "layer", "sha256:1", List.of("sha256:2"), "it is damaged", repair, "pulled again"));
    }

    @Override
    public List<Item> unused(boolean named) {
        return unused.stream().filter(item -> named || item.references().isEmpty()).toList();
    }

    @Override
    public List<Item> unknown() {
        return collected > 0 ? List.of() : List.of(new Item("", "configuration sha256:3", List.of(), UNKNOWN_BYTES, "no event knows it"));
    }

    @Override
    public List<Item> excess(long freedBytes) {
        List<Item> items = new ArrayList<>();
        long left = excessBytes - (collected > 0 ? UNKNOWN_BYTES : 0) - freedBytes;
        for (Item item : unused) {
            if (left > 0) {
                items.add(item);
                left -= item.freesBytes();
            }
        }
        return items;
    }

    @Override
    public void collect() {
        collected++;
    }

    @Override
    public Disk disk() {
        return new Disk(81, 90, 80);
    }
}
