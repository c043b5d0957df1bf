package dev.stowbook.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The root file system that everybody starts: the host's static busybox. */
final class BenchRootfs {
    private BenchRootfs() {}

    static Path create(Path directory) throws IOException {
        for (String name : List.of("bin", "proc", "sys", "dev", "etc", "tmp")) {
            Files.createDirectories(directory.resolve(name));
        }
        Path busybox = Files.copy(Path.of("/bin/busybox"), directory.resolve("bin/busybox"));
        busybox.toFile().setExecutable(true, false);
        for (String applet : List.of("true", "sleep", "sh")) {
            Files.createSymbolicLink(directory.resolve("bin").resolve(applet), Path.of("busybox"));
        }
        return directory;
    }

    static void delete(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
