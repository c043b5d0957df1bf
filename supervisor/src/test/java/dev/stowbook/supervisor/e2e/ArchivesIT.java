package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.supervisor.image.Compressed;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Archives that people have, compressed as they have them: added, built from, loaded and imported, with all that is in them. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchivesIT {
    private Building building;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        building = Building.start(directory);
    }

    @AfterAll
    void stop() throws Exception {
        building.daemon().close();
    }

    @AfterEach
    void removePods() throws IOException {
        building.daemon().removeAllPods();
    }

    private Command image(byte[] input, String... words) throws Exception {
        List<String> line = new ArrayList<>(List.of("-H", "unix://" + building.daemon().run().resolve("api.sock"), "image"));
        line.addAll(List.of(words));
        return Command.fed(new ByteArrayInputStream(input), line);
    }

    private static byte[] tar(String text) {
        return new TarBytes().file("f", 0644, text).bytes();
    }

    @Test
    void addUnpacksWhatIsCompressedWithAnyOfThem() throws Exception {
        StringBuilder dockerfile = new StringBuilder("FROM base\n");
        Path context = building.context(Map.of());
        for (String program : Compressed.PROGRAMS) {
            Files.write(context.resolve(program), Compressed.by(program, tar("of " + program + "\n")));
            dockerfile.append("ADD ").append(program).append(" /in-").append(program).append("/\n");
        }
        Files.write(context.resolve("strong"), Compressed.strong(tar("of the strongest xz\n")));
        Files.write(context.resolve("text.xz"), Compressed.by("xz", "no tar".getBytes(StandardCharsets.UTF_8)));
        dockerfile.append("ADD strong /in-strong/\nADD text.xz /in-text/\nRUN cat /in-*/f; ls /in-text\n");
        Files.writeString(context.resolve("Dockerfile"), dockerfile);
        String out = building.build(context);
        assertTrue(out.contains("of bzip2\nof gzip\nof the strongest xz\nof xz\nof zstd\ntext.xz\n"), out);
    }

    @Test
    void whatNeedsMoreMemoryThanThereIsIsRefusedWithASentence() throws Exception {
        Path context = building.context("FROM base\nADD large.tar.xz /\n");
        Files.write(context.resolve("large.tar.xz"), Compressed.large(tar("x")));
        String told = building.run(context).sentence();
        assertTrue(told.contains("ADD: the archive \"large.tar.xz\" needs 256 MiB of memory to be unpacked"), told);
        building.awaitNothingLeft();
    }

    @Test
    void aContextIsTakenHoweverItIsCompressed() throws Exception {
        for (String program : Compressed.PROGRAMS) {
            byte[] context = new TarBytes().file("Dockerfile", 0644, "FROM base\nCOPY f /f\nRUN cat /f\n").file("f", 0644, "by " + program + "\n").bytes();
            assertTrue(Building.done(building.run(Compressed.by(program, context), "-")).contains("by " + program + "\n"), program);
        }
    }

    @Test
    void whatIsLoadedOrImportedIsTheSameHoweverItIsCompressed() throws Exception {
        Path saved = building.directory().resolve("saved.tar");
        Building.done(image(new byte[0], "save", "base", "--to", saved.toString()));
        byte[] archive = Files.readAllBytes(saved);
        String id = building.id("base");
        for (String program : Compressed.PROGRAMS) {
            assertTrue(Building.done(image(Compressed.by(program, archive), "load", "-")).contains(id.substring(7, 19)), program);
            Building.done(image(Compressed.by(program, tar("root")), "import", "-", "imported-" + program));
            assertEquals(building.image("imported-gzip").get("layers"), building.image("imported-" + program).get("layers"), program);
        }
        assertTrue(Building.done(image(Compressed.strong(archive), "load", "-")).contains(id.substring(7, 19)));
    }

    @Test
    void capabilitiesAndNotesOfFilesComeAlong() throws Exception {
        // VFS_CAP_REVISION_2, effective, cap_net_bind_service and all that have high bits (linux/capability.h)
        byte[] capability = HexFormat.of().parseHex("0100000280ff000000000000" + "0000000000000000");
        byte[] note = {1, 0, -1, '\n', '='};
        Path root = Files.createDirectories(building.directory().resolve("tree/bin"));
        Files.write(root.resolve("server"), "program".getBytes(StandardCharsets.UTF_8));
        FileCalls files = FileCalls.linux();
        files.setXattr(LibC.AT_FDCWD, root.resolve("server").toString(), "security.capability", capability);
        files.setXattr(LibC.AT_FDCWD, root.resolve("server").toString(), "user.note", note);
        files.setXattr(LibC.AT_FDCWD, root.toString(), "user.of-a-directory", note);
        Building.done(image(new byte[0], "import", root.getParent().toString(), "marked"));
        Files.write(root.resolve("Dockerfile"), "FROM scratch\nCOPY . /bin/\n".getBytes(StandardCharsets.UTF_8));
        building.build(root, "-t", "copied");
        for (String image : List.of("marked", "copied")) {
            try (Fd layer = layer(image)) {
                assertArrayEquals(capability, files.xattr(layer.number(), "bin/server", "security.capability").orElseThrow(), image);
                assertEquals(image.equals("marked"), files.xattr(layer.number(), "bin/server", "user.note").isPresent(), image);
            }
        }
        try (Fd layer = layer("marked")) {
            assertArrayEquals(note, files.xattr(layer.number(), "bin/server", "user.note").orElseThrow());
            assertArrayEquals(note, files.xattr(layer.number(), "bin", "user.of-a-directory").orElseThrow());
        }
    }

    /** The files of an image's one layer, as the graph driver keeps them. */
    private Fd layer(String image) throws Exception {
        String diffId = building.image(image).get("layers").get(0).get("diffId").asText();
        Path cacheId = building.daemon().root().resolve("image/overlay/layerdb/sha256").resolve(diffId.substring(7)).resolve("cache-id");
        Path diff = building.daemon().root().resolve("overlay").resolve(Files.readString(cacheId).strip()).resolve("diff");
        return FileCalls.linux().open(LibC.AT_FDCWD, diff.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0);
    }
}
