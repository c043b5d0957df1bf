package dev.stowbook.supervisor.log.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever changes how events become state makes older snapshots useless, without a version to raise. */
class CodeFingerprintTest {
    private static final List<String> PACKAGES = List.of("a.b", "c");

    @TempDir
    private Path classes;

    @BeforeEach
    void compile() throws IOException {
        for (String file : List.of("a/b/One.class", "a/b/Two.class", "a/b/below/Three.class", "a/Four.class", "c/Five.class", "c/notes.txt")) {
            write(file, "code of " + file);
        }
    }

    private void write(String file, String content) throws IOException {
        Files.createDirectories(classes.resolve(file).getParent());
        Files.writeString(classes.resolve(file), content);
    }

    private long fingerprint() throws IOException {
        return CodeFingerprint.of(classes, PACKAGES);
    }

    @Test
    void itChangesWithTheCodeOfThePackagesAndWithNothingElse() throws IOException {
        long before = fingerprint();
        write("a/b/below/Three.class", "changed");
        write("a/Four.class", "changed");
        write("c/notes.txt", "changed");
        assertEquals(before, fingerprint());
        write("a/b/Two.class", "changed");
        long changed = fingerprint();
        assertNotEquals(before, changed);
        write("c/Six.class", "new");
        assertNotEquals(changed, fingerprint());
        Files.delete(classes.resolve("c/Six.class"));
        assertEquals(changed, fingerprint());
        Files.move(classes.resolve("a/b/One.class"), classes.resolve("a/b/Renamed.class"));
        assertNotEquals(changed, fingerprint());
    }

    @Test
    void aJarOfTheSameClassesHasTheSame(@TempDir Path directory) throws IOException {
        Path jar = directory.resolve("classes.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar)); var files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
        assertEquals(fingerprint(), CodeFingerprint.of(jar, PACKAGES));
    }

    @Test
    void aPackageWithoutClassesIsNotPassedOver() {
        assertThrows(IllegalStateException.class, () -> CodeFingerprint.of(classes, List.of("a.b", "gone")));
    }

    @Test
    void whatTurnsEventsIntoStateIsFoundWhereItIs() {
        assertNotEquals(0, CodeFingerprint.of(State.class, StateSnapshots.MAKES_STATE));
    }
}
