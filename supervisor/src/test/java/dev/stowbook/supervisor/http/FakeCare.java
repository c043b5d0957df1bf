package dev.stowbook.supervisor.http;

import java.util.ArrayList;
import java.util.List;

/** A store with one damaged layer, one unknown configuration, and whatever a test calls unused. */
final class FakeCare implements StoreCare {
    final List<Item> unused = new ArrayList<>();
    int collected;

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
    public List<Item> garbage() {
        List<Item> all = new ArrayList<>(List.of(new Item("", "configuration sha256:3", List.of(), 5, "no event knows it")));
        all.addAll(unused);
        return all;
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
