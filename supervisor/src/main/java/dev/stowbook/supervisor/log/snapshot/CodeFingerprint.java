package dev.stowbook.supervisor.log.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A number that changes with the compiled code of packages: what that code has computed is good for the very same code only. Nobody has to
 * remember to raise a version.
 */
final class CodeFingerprint {
    private CodeFingerprint() {}

    /** Of packages that lie where a class of this program does. */
    static long of(Class<?> beside, List<String> packages) {
        try {
            return of(Path.of(beside.getProtectionDomain().getCodeSource().getLocation().toURI()), packages);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException("this program's own classes cannot be read", e);
        }
    }

    /**
     * Of packages below a directory of classes, or in a jar, which knows the checksums of what it holds.
     *
     * @throws IllegalStateException if a package has no class
     */
    static long of(Path classes, List<String> packages) throws IOException {
        SortedMap<String, Long> found = Files.isDirectory(classes) ? inDirectory(classes, packages) : inJar(classes, packages);
        for (String name : packages) {
            if (found.keySet().stream().noneMatch(file -> in(file, name))) {
                throw new IllegalStateException("package " + name + " has no class in " + classes);
            }
        }
        CRC32 all = new CRC32();
        long sum = 0;
        for (var entry : found.entrySet()) {
            all.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
            all.update(ByteBuffer.allocate(8).putLong(entry.getValue()).flip());
            sum += entry.getValue();
        }
        return all.getValue() << 32 | sum & 0xffff_ffffL;
    }

    private static SortedMap<String, Long> inJar(Path jar, List<String> packages) throws IOException {
        SortedMap<String, Long> found = new TreeMap<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            file.stream()
                    .filter(entry -> packages.stream().anyMatch(name -> in(entry.getName(), name)))
                    .forEach(entry -> found.put(entry.getName(), entry.getCrc()));
        }
        return found;
    }

    private static SortedMap<String, Long> inDirectory(Path root, List<String> packages) throws IOException {
        SortedMap<String, Long> found = new TreeMap<>();
        for (String name : packages) {
            Path directory = root.resolve(name.replace('.', '/'));
            if (!Files.isDirectory(directory)) {
                continue; // refused above
            }
            List<Path> files;
            try (Stream<Path> children = Files.list(directory)) {
                files = children.filter(file -> file.toString().endsWith(".class")).toList();
            }
            for (Path file : files) {
                CRC32 crc = new CRC32();
                crc.update(Files.readAllBytes(file));
                found.put(root.relativize(file).toString(), crc.getValue());
            }
        }
        return found;
    }

    /** Whether a file is a class of a package itself, not of one below it. */
    private static boolean in(String file, String name) {
        String directory = name.replace('.', '/') + "/";
        return file.startsWith(directory) && file.endsWith(".class") && file.indexOf('/', directory.length()) < 0;
    }
}
