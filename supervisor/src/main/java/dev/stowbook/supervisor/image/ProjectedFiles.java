package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.pcollections.PSortedMap;

/** Keeps the files of {@link StoreProjection} as the book says. Workers; one at a time. */
public final class ProjectedFiles {
    private static final byte[] NO_NAMES = StoreProjection.repositories(State.empty().references());

    private final Path store;
    private State written = State.empty();

    public ProjectedFiles(Path store) {
        this.store = store;
    }

    /**
     * Files that are not what the book says: missing, changed, or none of the book's. What the book has said since the last time is not held
     * against them, but written; nothing else is.
     */
    public synchronized List<String> wrong(State state) throws IOException {
        return differing(StoreProjection.of(upTo(state)));
    }

    /** Once they are what a state says they follow the book a step behind; whoever asks may be before or after them. */
    private State upTo(State state) throws IOException {
        if (written.sequence() > 0) {
            follow(state);
        }
        return written.sequence() > state.sequence() ? written : state;
    }

    /** A store in which nothing has a name yet need not say so. */
    private List<String> differing(SortedMap<String, byte[]> wanted) throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : wanted.entrySet()) {
            boolean nothing = Arrays.equals(file.getValue(), NO_NAMES) && !Files.exists(store.resolve(file.getKey()));
            if (!nothing && !Arrays.equals(read(file.getKey()), file.getValue())) {
                wrong.add(file.getKey());
            }
        }
        for (String found : found()) {
            if (!wanted.containsKey(found)) {
                wrong.add(found);
            }
        }
        return wrong;
    }

    /** Makes all of them what the book says. Says which were not. */
    public synchronized List<String> restore(State state) throws IOException {
        State now = upTo(state);
        SortedMap<String, byte[]> wanted = StoreProjection.of(now);
        List<String> wrong = differing(wanted);
        for (String path : wrong) {
            if (wanted.containsKey(path)) {
                put(path, wanted.get(path));
            } else {
                remove(path);
            }
        }
        if (!Files.exists(store.resolve(StoreProjection.REPOSITORIES))) {
            put(StoreProjection.REPOSITORIES, wanted.get(StoreProjection.REPOSITORIES));
        }
        written = now;
        return wrong;
    }

    /** Goes on from the state before: only what has changed is written. One that is not newer changes nothing. */
    public synchronized void follow(State state) throws IOException {
        if (state.sequence() <= written.sequence()) {
            return;
        }
        if (state.references() != written.references()) {
            put(StoreProjection.REPOSITORIES, StoreProjection.repositories(state.references()));
        }
        changed(written.catalogue().origins(), state.catalogue().origins(), StoreProjection::metadata);
        changed(written.builds().parents(), state.builds().parents(), StoreProjection::parent);
        changed(written.catalogue().blobs(), state.catalogue().blobs(), StoreProjection::blobs);
        State before = written;
        changed(written.containers(), state.containers(), (id, container) -> StoreProjection.mount(
                state.images().containsKey(container.definition().imageId()) ? state : before, container));
        written = state;
    }

    private <K extends Comparable<K>, V> void changed(
            PSortedMap<K, V> before, PSortedMap<K, V> after, BiFunction<K, V, SortedMap<String, byte[]>> files) throws IOException {
        if (before == after) {
            return;
        }
        for (Map.Entry<K, V> old : before.entrySet()) {
            if (!after.containsKey(old.getKey())) {
                for (String path : files.apply(old.getKey(), old.getValue()).keySet()) {
                    remove(path);
                }
            }
        }
        for (Map.Entry<K, V> now : after.entrySet()) {
            V old = before.get(now.getKey());
            if (old != now.getValue()) {
                SortedMap<String, byte[]> wanted = files.apply(now.getKey(), now.getValue());
                SortedMap<String, byte[]> had = old == null ? new TreeMap<>() : files.apply(now.getKey(), old);
                for (Map.Entry<String, byte[]> file : wanted.entrySet()) {
                    if (!Arrays.equals(had.get(file.getKey()), file.getValue())) {
                        put(file.getKey(), file.getValue());
                    }
                }
            }
        }
    }

    private byte[] read(String path) throws IOException {
        try {
            return Files.readAllBytes(store.resolve(path));
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }

    /** Whole or not at all, but not synced: what a loss of power takes is written again by the next start. */
    private void put(String path, byte[] content) throws IOException {
        Path file = store.resolve(path);
        Files.createDirectories(file.getParent());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, content);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void remove(String path) throws IOException {
        Path file = store.resolve(path);
        Files.deleteIfExists(file);
        Path directory = file.getParent();
        boolean own = StoreProjection.OWN.stream().anyMatch(each -> directory.equals(store.resolve(each)));
        if (!own && !directory.equals(store) && Files.isDirectory(directory)) {
            try (var left = Files.newDirectoryStream(directory)) {
                if (left.iterator().hasNext()) {
                    return;
                }
            }
            Files.delete(directory);
        }
    }

    private List<String> found() throws IOException {
        List<String> found = new ArrayList<>();
        for (String directory : StoreProjection.OWN) {
            Path top = Files.createDirectories(store.resolve(directory));
            try (var files = Files.walk(top)) {
                for (Iterator<Path> each = files.iterator(); each.hasNext(); ) {
                    Path file = each.next();
                    if (!Files.isDirectory(file)) {
                        found.add(store.relativize(file).toString());
                    }
                }
            }
        }
        return found;
    }
}
