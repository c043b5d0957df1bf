package dev.stowbook.graph.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarReader;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel's overlay makes of the driver's layers, and the driver of what overlay left. */
@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayMountTest {
    private static final String BASE = "ba5e";
    private static final String TOP = "70b0";
    private static final String RW = "ab";
    private static final FileCalls FILES = FileCalls.linux();

    @TempDir
    Path scratch;

    private Path home;
    private GraphDriver driver;

    @BeforeEach
    void openDriver() throws Exception {
        home = Files.createDirectory(scratch.resolve("home"));
        driver = OverlayGraphDriver.open(FILES, MountCalls.linux(), home);
        apply(BASE, Optional.empty(), new TarBytes()
                .directory("etc/", 0755).file("etc/one", 0640, "one").file("etc/two", 0600, "two")
                .directory("big/", 0755).file("big/file", 0644, new byte[3 << 20]));
    }

    @AfterEach
    void removeLayers() throws Exception {
        driver.close();
        try (Fd parent = FILES.open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(FILES).remove(parent.number(), "home");
        }
    }

    private void apply(String id, Optional<String> parent, TarBytes tar) throws Exception {
        driver.applyDiff(new ApplyDiffRequest(id, parent, new ByteArrayInputStream(tar.bytes()), "1"));
    }

    private RootfsMount.Overlay prepare(String id, String parent) throws Exception {
        return assertInstanceOf(
                RootfsMount.Overlay.class,
                driver.prepare(new PrepareRequest(id, Optional.of(parent), OptionalLong.empty(), "1")).mount());
    }

    private List<String> diffPaths(String id) throws Exception {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        driver.diff(new DiffRequest(id, tar, "1"));
        TarReader reader = new TarReader(new ByteArrayInputStream(tar.toByteArray()));
        List<String> paths = new ArrayList<>();
        for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            paths.add(entry.get().path());
        }
        return paths;
    }

    private static FileStatus status(Path path) throws Exception {
        return FILES.status(LibC.AT_FDCWD, path.toString());
    }

    @Test
    void u2_mountinfoShowsLowerUpperWorkAndMergedAsTheDriverNamesThem() throws Exception {
        apply(TOP, Optional.of(BASE), new TarBytes().file("top", 0644, "t"));
        RootfsMount.Overlay mount = prepare(RW, TOP);
        Path merged = Files.createDirectory(scratch.resolve("merged"));
        Path seen = scratch.resolve("mountinfo");
        String lower = mount.lower().stream().map(Path::toString).collect(Collectors.joining(":"));
        // in a mount namespace of its own, so that nothing is left on the host
        Process process = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "sh", "-ec",
                "mount -t overlay stowbook-test -o \"lowerdir=$1,upperdir=$2,workdir=$3\" \"$4\"; cat /proc/self/mountinfo > \"$5\"; "
                        + "cat \"$4/top\" \"$4/etc/one\"",
                "sh", lower, mount.upper().toString(), mount.work().toString(), merged.toString(), seen.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), output);
        assertEquals("tone", output);
        MountInfo shown = MountInfo.read(seen).stream()
                .filter(line -> line.target().equals(merged.toString()))
                .findFirst()
                .orElseThrow();
        assertEquals("overlay", shown.type());
        assertEquals(Optional.of(lower), shown.superOption("lowerdir"));
        assertEquals(Optional.of(mount.upper().toString()), shown.superOption("upperdir"));
        assertEquals(Optional.of(mount.work().toString()), shown.superOption("workdir"));
        assertEquals(2, mount.lower().size());
        assertTrue(MountInfo.ofSelf().stream().noneMatch(line -> line.target().equals(merged.toString())));
    }

    @Test
    void u3_theFirstWriteCopiesTheWholeFileUp() throws Exception {
        RootfsMount.Overlay mount = prepare(RW, BASE);
        try (var entries = Files.list(mount.upper())) {
            assertEquals(0, entries.count());
        }
        Path lower = mount.lower().getFirst().resolve("etc/one");
        FileStatus below = status(lower);
        try (Views view = Views.open(driver, RW)) {
            FileStatus unwritten = status(view.path("etc/one"));
            assertEquals(below.mtimeSeconds(), unwritten.mtimeSeconds());
            assertEquals("one", Files.readString(view.path("etc/one")));
            assertFalse(Files.exists(mount.upper().resolve("etc/one")), "reading copies nothing up");
            Files.writeString(view.path("etc/one"), "+", StandardOpenOption.APPEND);
            assertEquals("one+", Files.readString(view.path("etc/one")));
        }
        assertEquals("one+", Files.readString(mount.upper().resolve("etc/one")));
        assertEquals("one", Files.readString(lower));
        FileStatus above = status(mount.upper().resolve("etc/one"));
        assertEquals(below.mode(), above.mode());
        assertNotEquals(below.inode(), above.inode());
        assertTrue(above.mtimeSeconds() > below.mtimeSeconds());
        assertEquals(below, status(lower));
        assertFalse(Files.exists(mount.upper().resolve("etc/two")));
    }

    @Test
    void u5_deletingALowerFileLeavesAWhiteout() throws Exception {
        RootfsMount.Overlay mount = prepare(RW, BASE);
        try (Views view = Views.open(driver, RW)) {
            Files.delete(view.path("etc/one"));
            assertFalse(Files.exists(view.path("etc/one")));
            assertTrue(Files.exists(view.path("etc/two")));
        }
        FileStatus mark = status(mount.upper().resolve("etc/one"));
        assertEquals(FileStatus.S_IFCHR, mark.type());
        assertEquals(0, mark.rdevMajor() + mark.rdevMinor());
        assertEquals(List.of("./", "etc/", "etc/.wh.one"), diffPaths(RW));
        // and a whiteout from a tar is the same mark
        apply(TOP, Optional.of(BASE), new TarBytes().whiteout("etc/one"));
        assertTrue(status(home.resolve(TOP).resolve("diff/etc/one")).isWhiteout());
        assertEquals(diffPaths(RW), diffPaths(TOP));
    }

    @Test
    void u6_replacingADirectoryLeavesAnOpaqueMark() throws Exception {
        RootfsMount.Overlay mount = prepare(RW, BASE);
        try (Views view = Views.open(driver, RW)) {
            Files.delete(view.path("etc/one"));
            Files.delete(view.path("etc/two"));
            Files.delete(view.path("etc"));
            Files.createDirectory(view.path("etc"));
            Files.writeString(view.path("etc/three"), "3");
            try (var names = Files.list(view.path("etc"))) {
                assertEquals(List.of("three"), names.map(path -> path.getFileName().toString()).toList());
            }
        }
        assertArrayEquals(
                new byte[] {'y'},
                FILES.xattr(LibC.AT_FDCWD, mount.upper().resolve("etc").toString(), "trusted.overlay.opaque").orElseThrow());
        assertEquals(List.of("./", "etc/", "etc/.wh..wh..opq", "etc/three"), diffPaths(RW));
        apply(TOP, Optional.of(BASE), new TarBytes().file("etc/three", 0644, "3").opaque("etc"));
        assertArrayEquals(
                new byte[] {'y'},
                FILES.xattr(LibC.AT_FDCWD, home.resolve(TOP).resolve("diff/etc").toString(), "trusted.overlay.opaque").orElseThrow());
    }

    @Test
    void marksThatHideNothingAreNotSetBecauseAContainerWouldSeeThem() throws Exception {
        apply(TOP, Optional.of(BASE), new TarBytes().directory("own/", 0755).whiteout("own/nothing").opaque("own").whiteout("never"));
        apply("c0", Optional.of(TOP), new TarBytes().opaque("big").whiteout("big/file").file("big/x", 0644, "x"));
        prepare(RW, "c0");
        try (Views view = Views.open(driver, RW)) {
            for (String directory : List.of("", "own", "big")) {
                try (var names = Files.list(view.path(directory))) {
                    List<String> found = names.map(path -> path.getFileName().toString()).sorted().toList();
                    assertEquals(
                            switch (directory) {
                                case "" -> List.of("big", "etc", "own");
                                case "own" -> List.of();
                                default -> List.of("x");
                            },
                            found);
                }
            }
        }
    }

    @Test
    void u12_fiftyContainersShareOneCopyOfTheirImage() throws Exception {
        byte[] data = new byte[40 << 20];
        new Random(12).nextBytes(data);
        apply("d1", Optional.of(BASE), new TarBytes().file("data1", 0644, data));
        apply("d2", Optional.of("d1"), new TarBytes().file("data2", 0644, data));
        apply(TOP, Optional.of("d2"), new TarBytes().file("data", 0644, data));
        long before = diskUse();
        for (int i = 0; i < 50; i++) {
            prepare(String.format("%064x", 0xc000 + i), TOP);
        }
        long after = diskUse();
        assertTrue(after - before < before / 100, "50 containers took " + (after - before) + " bytes beside " + before);
        try (Views view = Views.open(driver, String.format("%064x", 0xc000))) {
            assertEquals(40 << 20, Files.size(view.path("data")));
        }
    }

    private long diskUse() throws Exception {
        try (Fd fd = FILES.open(LibC.AT_FDCWD, home.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            return new Trees(FILES).measure(fd.number()).allocatedBytes();
        }
    }

    @Test
    void sixtyLayersAreMergedInOneView() throws Exception {
        String parent = BASE;
        for (int i = 0; i < 60; i++) {
            String id = String.format("%064x", i + 1);
            apply(id, Optional.of(parent), new TarBytes().file("layer" + i, 0644, "" + i).file("last", 0644, "" + i));
            parent = id;
        }
        prepare(RW, parent);
        try (Views view = Views.open(driver, RW)) {
            assertEquals("59", Files.readString(view.path("last")));
            assertEquals("0", Files.readString(view.path("layer0")));
        }
    }

    @Test
    void prepareIsAHandfulOfSystemCalls() throws Exception {
        List<String> made = new ArrayList<>();
        Faults counted = Faults.none().shownTo(call -> made.add(call.name()));
        FileCalls files = counted.between(FileCalls.class, FileCalls.linux());
        try (GraphDriver counting = OverlayGraphDriver.open(files, MountCalls.linux(), home)) {
            counting.prepare(new PrepareRequest("a1", Optional.of(BASE), OptionalLong.empty(), "1"));
            long before = counted.made();
            counting.prepare(new PrepareRequest("a2", Optional.of(BASE), OptionalLong.empty(), "1"));
            long calls = counted.made() - before;
            assertTrue(calls <= 14, "prepare made " + calls + " calls");
            assertTrue(made.contains("mkdir") && made.stream().noneMatch(call -> call.contains("sync")), "a start waits for no disk: " + made);
        }
    }

    @Test
    void aLayerWhoseRecordWasLostWithThePowerIsPartialAndKeepsWhatItsContainerWrote() throws Exception {
        for (String left : List.of("", "stowbook layer 1\nkind wri")) {
            prepare(RW, BASE);
            Path written = home.resolve(RW).resolve("diff/written");
            Files.writeString(written, "and synced");
            driver.close();
            Files.writeString(home.resolve(RW).resolve("layer"), left);
            driver = OverlayGraphDriver.open(FILES, MountCalls.linux(), home);
            assertEquals("PARTIAL", driver.inspect(new LayerTarget(RW, "1")).presence().name());
            prepare(RW, BASE);
            assertEquals("PRESENT", driver.inspect(new LayerTarget(RW, "1")).presence().name());
            assertEquals("and synced", Files.readString(written));
            driver.close();
            driver = OverlayGraphDriver.open(FILES, MountCalls.linux(), home);
            assertEquals("PRESENT", driver.inspect(new LayerTarget(RW, "1")).presence().name(), "the next driver knows it, too");
        }
    }

    @Test
    void aLayerThatLostAPartWithThePowerIsMadeAgain() throws Exception {
        prepare(RW, BASE);
        Files.writeString(home.resolve(RW).resolve("diff/written"), "of no use");
        driver.close();
        Files.delete(home.resolve(RW).resolve("layer"));
        Files.delete(home.resolve(RW).resolve("work"));
        driver = OverlayGraphDriver.open(FILES, MountCalls.linux(), home);
        assertEquals("PARTIAL", driver.inspect(new LayerTarget(RW, "1")).presence().name());
        prepare(RW, BASE);
        assertFalse(Files.exists(home.resolve(RW).resolve("diff/written")));
    }
}
