package dev.stowbook.supervisor.build;

import dev.stowbook.linux.layer.TarEntry;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What {@code FROM scratch} begins with: a root and nothing in it. */
final class EmptyTree implements FileTree {
    @Override
    public Optional<TarEntry> find(String path) {
        return path.isEmpty()
                ? Optional.of(new TarEntry("", TarEntry.Kind.DIRECTORY, 0755, 0, 0, 0, 0, 0, "", 0, 0, new TreeMap<>()))
                : Optional.empty();
    }

    @Override
    public List<String> names(String directory) {
        return List.of();
    }

    @Override
    public InputStream open(String path) throws IOException {
        throw new IOException("nothing has no files");
    }

    @Override
    public String digest(String path) throws IOException {
        throw new IOException("nothing has no files");
    }
}
