package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The digest of merged trees, held against the program in {@code docs/locks.md}. */
@RequiresRoot
class TreeDigestTest {
    @TempDir
    Path directory;

    /** Everything that a tree can have: all types, marks, attributes, implied directories, deletions, links into lower layers. */
    private static List<byte[]> layers() {
        byte[] acl = {2, 0, 0, 0, 1, 0, 6, 0, -1, -1, -1, -1, 2, 0, 4, 0, 5, 0, 0, 0, 4, 0, 4, 0, -1, -1, -1, -1, 16, 0, 4, 0, -1, -1, -1, -1, 32, 0, 4, 0, -1, -1, -1, -1};
        TarBytes base = new TarBytes()
                .owner(0, 0)
                .directory("./", 0751)
                .directory("bin/", 0755)
                .file("bin/tool", 04755, "#!/bin/sh\n")
                .xattr("security.capability", new byte[] {1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
                .file("bin/ping", 0755, "ping")
                .hardLink("bin/second", "bin/tool")
                .symlink("bin/link", "../gone/\u00e4")
                .owner(1000, 70_000)
                .xattr("user.b", new byte[] {0, 1, -1})
                .xattr("user.a", "x".getBytes(StandardCharsets.US_ASCII))
                .file("home/ann/.profile", 0600, "PS1=")
                .xattr("system.posix_acl_access", acl)
                .file("home/shared", 0644, "all")
                .owner(0, 5)
                .characterDevice("dev/null", 1, 3)
                .blockDevice("dev/disk", 259, 7)
                .fifo("run/pipe")
                .directory("tmp/", 01777)
                .directory("var/", 0755)
                .file("var/big", 0640, new byte[300_000])
                .file("var/empty", 0444, "")
                .directory("hidden/", 0700)
                .file("hidden/file", 0600, "x")
                .file("names/caf\u00e9", 0644, "utf-8")
                .file("names/a.b", 0644, "1")
                .file("names/a/b", 0644, "2")
                .file("names/a-b", 0644, "3");
        TarBytes middle = new TarBytes()
                .owner(0, 0)
                .file("bin/new", 0755, "implied directory of a lower layer")
                .whiteout("var/empty")
                .opaque("hidden")
                .file("hidden/other", 0600, "y")
                .file("home/shared", 0600, "mine")
                .hardLink("home/again", "home/shared");
        TarBytes top = new TarBytes().owner(0, 0).file("var/big", 0640, "small by now").directory("home/ann/", 0711);
        return List.of(base.bytes(), middle.bytes(), top.bytes());
    }

    private static StoredImage image(StoreFixture fixture, List<byte[]> tars) throws Exception {
        List<StoredLayer> layers = new ArrayList<>();
        for (byte[] tar : tars) {
            layers.add(fixture.keep(tar, layers.isEmpty() ? Optional.empty() : Optional.of(layers.getLast())));
        }
        ImageRun run = new ImageRun(
                List.of(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(), new TreeMap<>());
        return new StoredImage("sha256:" + "a".repeat(64), layers, run, "amd64", "linux", Instant.EPOCH);
    }

    @Test
    void i21_overlayAndVfsAndTheDocumentedProgramFindOneTree() throws Exception {
        Map<String, String> found = new LinkedHashMap<>();
        for (String driver : List.of("overlay", "vfs")) {
            try (StoreFixture fixture = StoreFixture.open(directory.resolve(driver), driver, LayerLimits.defaults())) {
                StoredImage image = image(fixture, layers());
                found.put(driver, fixture.store.tree(image).toString());
                try (Fd view = Fd.own(fixture.driver.view(new LayerTarget(image.layers().getLast().cacheId(), "test")).mountFd())) {
                    found.put(driver + " by python", DocumentedTree.of(directory, "/proc/" + ProcessHandle.current().pid() + "/fd/" + view.number() + "/."));
                }
            }
        }
        assertEquals(1, Map.copyOf(found).values().stream().distinct().count(), found.toString());
    }

    @Test
    void i21_anImageWithoutLayersHasTheTreeOfAnEmptyDirectory() throws Exception {
        try (StoreFixture fixture = StoreFixture.open(directory.resolve("store"))) {
            Path empty = Files.createDirectory(directory.resolve("empty"));
            DockerRegistry.run("chmod", "0755", empty.toString());
            assertEquals(DocumentedTree.of(directory, empty.toString()), fixture.store.tree(image(fixture, List.of())).toString());
        }
    }

    private static TarBytes plain(Consumer<TarBytes> more) {
        TarBytes tar = new TarBytes().owner(3, 4).mtime(1000).directory("d/", 0755);
        more.accept(tar);
        return tar;
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlay", "vfs"})
    void i21_whateverAContainerSeesOfAFileIsInItsTreeAndTimesAreNot(String driver) throws Exception {
        Map<String, TarBytes> trees = new LinkedHashMap<>();
        trees.put("as it is", plain(tar -> tar.xattr("user.a", new byte[] {1}).file("d/f", 0644, "one")));
        trees.put("another content", plain(tar -> tar.xattr("user.a", new byte[] {1}).file("d/f", 0644, "two")));
        trees.put("another mode", plain(tar -> tar.xattr("user.a", new byte[] {1}).file("d/f", 0645, "one")));
        trees.put("setgid", plain(tar -> tar.xattr("user.a", new byte[] {1}).file("d/f", 02644, "one")));
        trees.put("another owner", plain(tar -> tar.owner(2, 4).xattr("user.a", new byte[] {1}).file("d/f", 0644, "one")));
        trees.put("another group", plain(tar -> tar.owner(3, 5).xattr("user.a", new byte[] {1}).file("d/f", 0644, "one")));
        trees.put("another attribute", plain(tar -> tar.xattr("user.b", new byte[] {1}).file("d/f", 0644, "one")));
        trees.put("another value", plain(tar -> tar.xattr("user.a", new byte[] {2}).file("d/f", 0644, "one")));
        trees.put("another name", plain(tar -> tar.xattr("user.a", new byte[] {1}).file("d/g", 0644, "one")));
        trees.put("another place", plain(tar -> tar.xattr("user.a", new byte[] {1}).file("f", 0644, "one")));
        trees.put("a link", plain(tar -> tar.symlink("d/f", "one")));
        trees.put("another link", plain(tar -> tar.symlink("d/f", "two")));
        trees.put("a device", plain(tar -> tar.characterDevice("d/f", 1, 3)));
        trees.put("another device", plain(tar -> tar.characterDevice("d/f", 1, 5)));
        trees.put("a block device", plain(tar -> tar.blockDevice("d/f", 1, 3)));
        trees.put("a pipe", plain(tar -> tar.fifo("d/f")));
        Map<String, String> digests = new LinkedHashMap<>();
        try (StoreFixture fixture = StoreFixture.open(directory.resolve("store"), driver, LayerLimits.defaults())) {
            for (Map.Entry<String, TarBytes> each : trees.entrySet()) {
                String digest = fixture.store.tree(image(fixture, List.of(each.getValue().bytes()))).toString();
                digests.forEach((name, other) -> assertNotEquals(other, digest, name + " and " + each.getKey()));
                digests.put(each.getKey(), digest);
            }
            TarBytes later = plain(tar -> tar.mtime(2000).xattr("user.a", new byte[] {1}).file("d/f", 0644, "one"));
            assertEquals(digests.get("as it is"), fixture.store.tree(image(fixture, List.of(later.bytes()))).toString(), "an mtime");
        }
    }

    @Test
    void i21_longPathsAndTargetsAreDigestedWhole() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Path deep = tree;
        for (int i = 0; i < 14; i++) {
            deep = Files.createDirectory(deep.resolve("n".repeat(250)));
            Files.createSymbolicLink(deep.resolve("link"), Path.of("t".repeat(4000)));
        }
        Files.setAttribute(deep, "user:big", new byte[2000]);
        try (Fd root = FileCalls.linux().open(LibC.AT_FDCWD, tree.toString(), LibC.O_RDONLY, 0, 0)) {
            assertEquals(DocumentedTree.of(directory, tree.toString()), TreeDigest.of(FileCalls.linux(), root).toString());
        }
    }
}
