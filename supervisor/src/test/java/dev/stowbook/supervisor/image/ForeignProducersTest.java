package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.testkit.graph.TreeListing;
import dev.stowbook.testkit.graph.Views;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images as umoci and skopeo write them (Debian packages umoci and skopeo), in every form they know. */
class ForeignProducersTest {
    @TempDir
    Path scratch;

    private Path layout;
    private Path root;
    private GraphDriver driver;
    private ContentStore store;

    @BeforeEach
    void makeImage() throws Exception {
        root = Files.createDirectory(scratch.resolve("root"));
        driver = BuiltDrivers.open("overlay", root.resolve("graph"));
        Random random = new Random(1);
        store = ContentStore.open(root, "overlay", LayerDriver.of(driver), Platform.ofHost(), LayerLimits.defaults(), () -> {
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            return HexFormat.of().formatHex(bytes);
        });
        Path base = Files.createDirectories(scratch.resolve("base"));
        Files.createDirectories(base.resolve("etc/deep"));
        Files.createDirectories(base.resolve("usr/lib"));
        Files.writeString(base.resolve("etc/passwd"), "root:x:0:0::/:/bin/sh\n");
        Files.writeString(base.resolve("etc/deep/er"), "x");
        Files.writeString(base.resolve("usr/lib/lib.so"), "so".repeat(100_000));
        Files.createSymbolicLink(base.resolve("lib"), Path.of("usr/lib"));
        Path top = Files.createDirectories(scratch.resolve("top"));
        Files.writeString(top.resolve("app"), "app");
        layout = scratch.resolve("layout");
        run("umoci", "init", "--layout", layout.toString());
        run("umoci", "new", "--image", layout + ":app");
        run("umoci", "insert", "--image", layout + ":app", base.toString(), "/");
        run("umoci", "insert", "--image", layout + ":app", top.toString(), "/opt");
        run("umoci", "insert", "--image", layout + ":app", "--whiteout", "/etc/passwd");
        run("umoci", "insert", "--image", layout + ":app", "--opaque", top.toString(), "/etc/deep");
        run("umoci", "config", "--image", layout + ":app", "--config.cmd", "/opt/app", "--config.env", "A=1", "--config.user", "5:6");
    }

    @AfterEach
    void removeAll() throws Exception {
        driver.close();
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            for (String name : files.names(parent.number())) {
                new Trees(files).remove(parent.number(), name);
            }
        }
    }

    private static void run(String... command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException("this test needs the Debian packages umoci and skopeo: apt-get install umoci skopeo", e);
        }
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), String.join(" ", command) + ": " + output);
    }

    private Arrivals.Arrived load(Path source) throws ImageException {
        try (Arrivals arrivals = store.load(source, LayerProgress.none())) {
            arrivals.registered();
            return arrivals.images().getFirst();
        }
    }

    private void assertContent(StoredImage image) throws Exception {
        try (Views view = Views.open(driver, image.layers().getLast().cacheId())) {
            assertEquals("app", Files.readString(view.path("opt/app")));
            assertEquals("app", Files.readString(view.path("etc/deep/app")));
            assertFalse(Files.exists(view.path("etc/deep/er")));
            assertFalse(Files.exists(view.path("etc/passwd")));
            assertEquals(200_000, Files.size(view.path("lib/lib.so")));
        }
        assertEquals(List.of("/opt/app"), image.run().cmd());
        assertEquals("5:6", image.run().user().orElseThrow());
    }

    @Test
    void i3_i5_whatUmociMakesIsLoadedWithTheIdsThatUmociGaveIt() throws Exception {
        Arrivals.Arrived arrived = load(layout);
        assertEquals(List.of(ImageReference.parse("app")), arrived.references());
        assertEquals(4, arrived.image().layers().size());
        assertContent(arrived.image());
        ObjectMapper json = new ObjectMapper();
        var index = json.readTree(layout.resolve("index.json").toFile()).path("manifests").get(0);
        var manifest = json.readTree(blob(index.path("digest").asText()).toFile());
        assertEquals(manifest.path("config").path("digest").asText(), arrived.image().id());
        for (int i = 0; i < 4; i++) {
            Path layer = blob(manifest.path("layers").get(i).path("digest").asText());
            assertEquals(sha256OfGunzipped(layer), arrived.image().layers().get(i).diffId());
        }
    }

    @Test
    void i10_layersMadeByGoComeOutOfTheStoreBitForBit() throws Exception {
        StoredImage image = load(layout).image();
        ObjectMapper json = new ObjectMapper();
        var index = json.readTree(layout.resolve("index.json").toFile()).path("manifests").get(0);
        var layers = json.readTree(blob(index.path("digest").asText()).toFile()).path("layers");
        for (int i = 0; i < 4; i++) {
            Path out = scratch.resolve("layer" + i);
            try (OutputStream file = Files.newOutputStream(out)) {
                store.tar(image.layers().get(i), file);
            }
            Process plain = new ProcessBuilder("gzip", "-dc", blob(layers.get(i).path("digest").asText()).toString()).start();
            assertArrayEquals(plain.getInputStream().readAllBytes(), Files.readAllBytes(out), "layer " + i);
        }
    }

    private Path blob(String digest) {
        return layout.resolve("blobs/sha256").resolve(digest.substring(7));
    }

    private static String sha256OfGunzipped(Path file) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", "gzip -dc \"$1\" | sha256sum", "sh", file.toString()).start();
        return "sha256:" + new String(process.getInputStream().readAllBytes()).substring(0, 64);
    }

    @Test
    void everyFormThatSkopeoWritesIsTheSameImage() throws Exception {
        StoredImage image = load(layout).image();
        String from = "oci:" + layout + ":app";
        List<Path> forms = new ArrayList<>();
        Path dockerTar = scratch.resolve("docker.tar");
        run("skopeo", "copy", "--insecure-policy", from, "docker-archive:" + dockerTar + ":example.org/team/app:1.2");
        Path ociTar = scratch.resolve("oci.tar");
        run("skopeo", "copy", "--insecure-policy", from, "oci-archive:" + ociTar + ":app");
        Path zstd = scratch.resolve("zstd");
        run("skopeo", "copy", "--insecure-policy", "--dest-compress-format", "zstd", from, "oci:" + zstd + ":app");
        forms.add(ociTar);
        forms.add(zstd);
        for (Path form : forms) {
            StoredImage again = load(form).image();
            assertEquals(chains(image), chains(again), form.toString());
            assertEquals(image.layers(), again.layers(), "layers that exist are not unpacked again");
        }
        try (InputStream in = Files.newInputStream(dockerTar);
                Arrivals arrivals = store.load(in, LayerProgress.none())) {
            assertEquals(image.layers(), arrivals.images().getFirst().image().layers());
            assertEquals(
                    List.of(ImageReference.parse("example.org/team/app:1.2")), arrivals.images().getFirst().references());
        }
        assertEquals(4, driver.list().size());
        // each form unpacked from nothing gives the same tree
        List<String> expected = listing(image);
        for (Path form : List.of(dockerTar, ociTar, zstd)) {
            store.collect(store.garbage(() -> new Known(Set.of(), Set.of(), Set.of())), any -> false);
            assertTrue(driver.list().isEmpty());
            StoredImage fresh = load(form).image();
            assertContent(fresh);
            assertEquals(expected, listing(fresh), form.toString());
        }
    }

    private List<String> listing(StoredImage image) throws Exception {
        try (Views view = Views.open(driver, image.layers().getLast().cacheId())) {
            return TreeListing.of(view.path(""));
        }
    }

    private static List<String> chains(StoredImage image) {
        return image.layers().stream().map(layer -> layer.chainId()).toList();
    }

    @Test
    void theMergedTreeIsTheOneThatUmociUnpacks() throws Exception {
        StoredImage image = load(layout).image();
        Path bundle = scratch.resolve("bundle");
        run("umoci", "unpack", "--image", layout + ":app", bundle.toString());
        // umoci gives directories that it made on the way the time of unpacking
        List<String> theirs = TreeListing.of(bundle.resolve("rootfs")).stream().map(ForeignProducersTest::withoutDirectoryTime).toList();
        assertEquals(theirs, listing(image).stream().map(ForeignProducersTest::withoutDirectoryTime).toList());
    }

    private static String withoutDirectoryTime(String line) {
        return line.matches(".* 4[0-7]{4} .*") ? line.replaceAll("@[0-9.]+", "") : line;
    }
}
