package dev.stowbook.supervisor.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.ImageLock;
import dev.stowbook.supervisor.model.LockedImage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Lock files: what is written is read again, and nothing that is wrong is. */
class LockFilesTest {
    private static final String A = digest('a');
    private static final String B = digest('b');

    private static final LockedImage PULLED = new LockedImage(
            "127.0.0.1:5000/app:1", "linux/amd64", Optional.of(new LockedImage.Origin("127.0.0.1:5000/app", Optional.of(A), B)), digest('c'),
            List.of(digest('1'), digest('2')), digest('e'));
    private static final LockedImage LOADED = new LockedImage("123", "linux/arm64/v8", Optional.empty(), digest('d'), List.of(), digest('f'));

    private static final String WRITTEN = """
            # Written by 'stowbook image lock'. 'stowbook apply --locked' runs these images and no others.
            apiVersion: stowbook.dev/v1
            kind: ImageLock
            images:
            - image: "123"
              platform: linux/arm64/v8
              config: %s
              diffIds: []
              tree: %s
            - image: "127.0.0.1:5000/app:1"
              platform: linux/amd64
              origin:
                repository: "127.0.0.1:5000/app"
                index: %s
                manifest: %s
              config: %s
              diffIds:
              - %s
              - %s
              tree: %s
            """.formatted(digest('d'), digest('f'), A, B, digest('c'), digest('1'), digest('2'), digest('e'));

    private static String digest(char digit) {
        return "sha256:" + Character.toString(digit).repeat(64);
    }

    private static LockFiles.Read read(String text) {
        return LockFiles.read("pod.lock.yaml", text.getBytes(StandardCharsets.UTF_8));
    }

    private static void refused(String text, String... errors) {
        LockFiles.Read.Errors read = assertInstanceOf(LockFiles.Read.Errors.class, read(text), text);
        assertEquals(List.of(errors), read.errors().stream().map(ManifestError::toString).toList());
    }

    /** The written file with one text in place of another. */
    private static void changed(String from, String to, String... errors) {
        assertTrue(WRITTEN.contains(from), from);
        refused(WRITTEN.replace(from, to), errors);
    }

    @Test
    void i21_oneLockIsWrittenInOneWayInWhateverOrderItWasMade() {
        assertEquals(WRITTEN, LockText.yaml(new ImageLock(List.of(PULLED, LOADED))));
        assertEquals(WRITTEN, LockText.yaml(new ImageLock(List.of(LOADED, PULLED))));
        assertEquals(LockText.json(new ImageLock(List.of(PULLED, LOADED))), LockText.json(new ImageLock(List.of(LOADED, PULLED))));
    }

    @Test
    void i21_whatIsWrittenIsRead() {
        for (ImageLock lock : List.of(new ImageLock(List.of(PULLED, LOADED)), new ImageLock(List.of(PULLED)), new ImageLock(List.of()))) {
            assertEquals(new LockFiles.Read.Lock(lock), read(LockText.yaml(lock)));
            assertEquals(new LockFiles.Read.Lock(lock), read(LockText.json(lock)));
        }
    }

    @Test
    void i21_aLockOfAnotherVersionIsRefusedByThatAlone() {
        changed("apiVersion: stowbook.dev/v1\nkind: ImageLock\nimages:", "apiVersion: stowbook.dev/v2\nkind: ImageLock\npictures:",
                "pod.lock.yaml:2:1: apiVersion: is a lock of version 'stowbook.dev/v2', and this daemon knows 'stowbook.dev/v1': write it anew with "
                        + "'stowbook image lock', or take the version of Stowbook that wrote it.");
        changed("apiVersion: stowbook.dev/v1\n", "",
                "pod.lock.yaml:2:1: apiVersion: is a lock of version '', and this daemon knows 'stowbook.dev/v1': write it anew with "
                        + "'stowbook image lock', or take the version of Stowbook that wrote it.");
    }

    @Test
    void i21_whatIsNoLockIsSaidToBeNone() {
        String no = "kind: is no lock file: it must be 'ImageLock', but is '%s'; 'stowbook image lock -f MANIFEST' writes one.";
        refused("apiVersion: v1\nkind: Pod\n", "pod.lock.yaml:1:1: " + no.formatted("Pod"));
        refused("[]", "pod.lock.yaml:1:1: " + no.formatted(""));
        refused("", "pod.lock.yaml:1:1: holds no document: 'stowbook image lock -f MANIFEST' writes a lock file.");
        refused(WRITTEN + "---\n" + WRITTEN, "pod.lock.yaml:23:1: is a second document: a lock file is one.");
        assertInstanceOf(LockFiles.Read.Errors.class, read("{"));
        assertInstanceOf(LockFiles.Read.Errors.class, LockFiles.read("x", new byte[] {(byte) 0xff}));
    }

    @Test
    void i21_eachMalformedFieldIsNamedWithItsPlace() {
        String digest = "must be sha256: and 64 lower-case hex digits, but is '";
        changed("config: " + digest('c'), "config: sha256:abc", "pod.lock.yaml:16:11: images[1].config: " + digest + "sha256:abc'.");
        changed("index: " + A, "index: \"" + A.toUpperCase(Locale.ROOT) + "\"",
                "pod.lock.yaml:14:12: images[1].origin.index: " + digest + "SHA256:" + "A".repeat(53) + "...'.");
        changed("  - " + digest('1'), "  - sha512:1", "pod.lock.yaml:18:5: images[1].diffIds[0]: " + digest + "sha512:1'.");
        changed("    manifest: " + B + "\n", "",
                "pod.lock.yaml:13:5: images[1].origin.manifest: is missing: add 'manifest', a text.");
        changed("  tree: " + digest('e') + "\n", "", "pod.lock.yaml:10:3: images[1].tree: is missing: add 'tree', a text.");
        changed("platform: linux/amd64", "platform: amd64",
                "pod.lock.yaml:11:13: images[1].platform: must be a platform such as linux/amd64 or linux/arm64/v8, but is 'amd64'.");
        changed("\"123\"", "123", "pod.lock.yaml:5:10: images[0].image: must be text, but YAML reads 123 as a number: put it in quotes, \"123\".");
        changed("    index:", "    indeks:", "pod.lock.yaml:14:5: images[1].origin.indeks: is no field of this object; did you mean 'index'?");
        changed("  diffIds: []", "  diffIds: none", "pod.lock.yaml:8:12: images[0].diffIds: must be a list (lines that start with '- '), but is the single value 'none'.");
    }

    @Test
    void i21_anImageStandsOnceForEachPlatform() {
        changed("- image: \"127.0.0.1:5000/app:1\"\n  platform: linux/amd64", "- image: \"123\"\n  platform: linux/arm64/v8",
                "pod.lock.yaml:10:3: images[1]: is 123 for linux/arm64/v8 a second time, after line 5: keep one.");
    }

    @Test
    void i21_whateverBytesComeAreReadOrRefused() {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = WRITTEN.getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            if (LockFiles.read("x", bytes) instanceof LockFiles.Read.Lock(ImageLock lock)) {
                assertEquals(new LockFiles.Read.Lock(lock), read(LockText.yaml(lock)), "seed " + seed);
            }
        }
    }

    @Test
    void i21_differencesAreToldByField() {
        ImageLock was = new ImageLock(List.of(PULLED));
        LockedImage moved = new LockedImage(
                PULLED.image(), PULLED.platform(), Optional.of(new LockedImage.Origin("127.0.0.1:5000/app", Optional.empty(), digest('9'))),
                PULLED.config(), List.of(digest('1')), digest('8'));
        assertEquals(List.of(), was.differences(was));
        assertEquals(
                List.of(
                        new ImageLock.Difference("123", "linux/arm64/v8", "image", "", LOADED.config()),
                        new ImageLock.Difference(PULLED.image(), "linux/amd64", "index", A, ""),
                        new ImageLock.Difference(PULLED.image(), "linux/amd64", "manifest", B, digest('9')),
                        new ImageLock.Difference(PULLED.image(), "linux/amd64", "diffIds", digest('1') + " " + digest('2'), digest('1')),
                        new ImageLock.Difference(PULLED.image(), "linux/amd64", "tree", PULLED.tree(), digest('8'))),
                was.differences(new ImageLock(List.of(moved, LOADED))));
        assertEquals(
                List.of(new ImageLock.Difference(PULLED.image(), "linux/amd64", "image", PULLED.config(), "")), was.differences(new ImageLock(List.of())));
    }
}
