package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.image.Finding.Kind;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Holds the store against the book: every configuration's digest, every layer's record and tar, what the book does not know, and the files that only
 * say again what the book says. Repairs what can be made again from what is there or from where it came. One thread; takes as long as reading
 * all layers.
 */
final class Fsck {
    private final ContentStore.Parts store;
    private final LayerRepair layers;
    private final ProjectedFiles projected;
    private final Refetch refetch;
    private final Supplier<State> newest;
    private final boolean repair;
    private final CheckProgress progress;
    private final List<Finding> findings = new ArrayList<>();

    Fsck(
            ContentStore.Parts store,
            LayerRepair layers,
            ProjectedFiles projected,
            Refetch refetch,
            Supplier<State> newest,
            boolean repair,
            CheckProgress progress) {
        this.store = store;
        this.layers = layers;
        this.projected = projected;
        this.refetch = refetch;
        this.newest = newest;
        this.repair = repair;
        this.progress = progress;
    }

    List<Finding> run() throws IOException, ImageException {
        State state = newest.get();
        Map<String, StoredLayer> all = new LinkedHashMap<>();
        Map<String, List<String>> users = new LinkedHashMap<>();
        Map<String, Optional<StoredLayer>> below = new LinkedHashMap<>();
        for (StoredImage image : state.images().values()) {
            configuration(state, image);
            Optional<StoredLayer> under = Optional.empty();
            for (StoredLayer layer : image.layers()) {
                all.put(layer.chainId(), layer);
                below.put(layer.chainId(), under);
                users.computeIfAbsent(layer.chainId(), chain -> new ArrayList<>()).add(image.id());
                under = Optional.of(layer);
            }
        }
        CountedReading reading = new CountedReading(all.values().stream().mapToLong(StoredLayer::sizeBytes).sum(), all.size());
        for (StoredLayer layer : all.values()) {
            reading.next();
            layer(state, reading, layer, below.get(layer.chainId()), users.get(layer.chainId()));
        }
        for (StoredImage image : state.images().values()) {
            tree(state, image);
        }
        foreign();
        files();
        return findings;
    }

    /** Whether the book has let go of all of them since this began, so that what is missing of them is as it should be. */
    private boolean gone(List<String> images) {
        return images.stream().noneMatch(newest.get().images()::containsKey);
    }

    private void configuration(State state, StoredImage image) throws IOException {
        Digest id = Digest.parse(image.id());
        Kind kind;
        try {
            if (store.images().find(id).isPresent()) {
                return;
            }
            kind = Kind.MISSING;
        } catch (IOException e) {
            kind = Kind.DAMAGED;
        }
        if (gone(List.of(image.id()))) {
            return;
        }
        Finding finding = new Finding(
                kind, "configuration", image.id(), List.of(image.id()), "the image's configuration is " + (kind == Kind.MISSING ? "gone" : "not what its digest says"), false, "");
        findings.add(repair ? refetched(state, image, id, finding) : finding.left("'stowbook fsck --repair' pulls it again if the image was pulled"));
    }

    private Finding refetched(State state, StoredImage image, Digest id, Finding finding) throws IOException {
        String why = "no registry is known to have the image";
        List<String> repositories = image.layers().stream()
                .flatMap(layer -> state.catalogue().of(layer.diffId()).stream())
                .map(KnownBlob::repository)
                .distinct()
                .toList();
        for (String repository : repositories) {
            try {
                byte[] config = refetch.configuration(repository, id);
                if (Digest.of(config).equals(id)) {
                    store.images().put(id, config);
                    return finding.repaired("pulled again from " + repository);
                }
                why = repository + " has another one";
            } catch (IOException | ImageException e) {
                why = e.getMessage();
            }
        }
        return finding.left("it is lost (" + why + "): load or pull the image again; remove it with 'stowbook image rm' if nobody can");
    }

    /** Where the tars of layers go that are read only to be digested. */
    private final class CountedReading extends OutputStream {
        private static final long TELL_EVERY_BYTES = 4 << 20;

        private final long totalBytes;
        private final int layers;
        private int layer;
        private long count;
        private long told;

        CountedReading(long totalBytes, int layers) {
            this.totalBytes = totalBytes;
            this.layers = layers;
        }

        void next() {
            layer++;
            tell();
        }

        private void tell() {
            told = count;
            progress.at(layer, layers, count, totalBytes);
        }

        @Override
        public void write(int b) {
            write(new byte[1], 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            count += length;
            if (count - told >= TELL_EVERY_BYTES) {
                tell();
            }
        }
    }

    private void layer(State state, OutputStream reading, StoredLayer layer, Optional<StoredLayer> below, List<String> images) throws IOException {
        Optional<LayerRepair.Trouble> trouble = layers.look(layer, below, reading);
        if (trouble.isEmpty() || gone(images)) {
            return;
        }
        Finding finding = new Finding(
                trouble.get().missing() ? Kind.MISSING : Kind.DAMAGED, trouble.get().what(), layer.chainId(), images, trouble.get().detail(), false, "");
        if (!repair) {
            findings.add(finding.left("'stowbook fsck --repair' makes it again from what is left, or pulls it again if the image was pulled"));
            return;
        }
        try {
            findings.add(finding.repaired(layers.repair(layer, below, state.catalogue().of(layer.diffId()), refetch)));
        } catch (ImageException e) {
            findings.add(finding.left("it is lost (" + e.getMessage() + "): remove what uses it, then load or pull the image again"));
        }
    }

    /** Layers' tars do not show what became of owners, permissions and attributes in the store; where the tree is known, it does. */
    private void tree(State state, StoredImage image) {
        String known = state.catalogue().trees().get(image.id());
        boolean told = findings.stream().anyMatch(finding -> !finding.repaired() && finding.images().contains(image.id()));
        if (known == null || told) {
            return;
        }
        String detail;
        try {
            String is = store.store().tree(image).toString();
            if (is.equals(known)) {
                return;
            }
            detail = "its files come to the tree " + is + ", and not to " + known + " as they did";
        } catch (ImageException e) {
            detail = e.getMessage();
        }
        if (gone(List.of(image.id()))) {
            return;
        }
        findings.add(new Finding(Kind.DAMAGED, "tree", image.id(), List.of(image.id()), detail, false, "")
                .left("the contents of its files are sound, but owners, permissions or attributes are not: remove what uses it, then load or pull it again"));
    }

    private void foreign() throws ImageException, IOException {
        Garbage garbage = store.store().garbage(() -> Known.of(newest.get()));
        String why = "no event of the book knows it, and nothing on its way into the store holds it";
        List<Finding> found = new ArrayList<>();
        garbage.images().forEach(id -> found.add(new Finding(Kind.FOREIGN, "configuration", id.toString(), List.of(), why, false, "")));
        garbage.layers().forEach(layer -> found.add(new Finding(Kind.FOREIGN, "layer", layer.chainId(), List.of(), why, false, "")));
        garbage.cacheIds().forEach(id -> found.add(new Finding(Kind.FOREIGN, "driver layer", id, List.of(), why, false, "")));
        if (repair && !found.isEmpty()) {
            store.store().collect(garbage, name -> Known.of(newest.get()).uses(name));
        }
        found.forEach(each -> findings.add(repair ? each.repaired("removed") : each.left("'stowbook fsck --repair' or 'stowbook image gc' removes it")));
    }

    private void files() throws IOException {
        State state = newest.get();
        List<String> wrong = repair ? projected.restore(state) : projected.wrong(state);
        for (String path : wrong) {
            Finding finding = new Finding(Kind.DAMAGED, "file", path, List.of(), "it does not say what the book says", false, "");
            findings.add(repair ? finding.repaired("made again from the book") : finding.left("'stowbook fsck --repair', or the next start, makes it again from the book"));
        }
    }

    static ImageException lost(String why) {
        return new ImageException(ErrorCode.INTERNAL, why);
    }
}
