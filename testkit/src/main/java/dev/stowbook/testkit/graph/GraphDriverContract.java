package dev.stowbook.testkit.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.Change;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.testkit.RequiresRoot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * What every graph driver does, whatever it keeps its layers in. Extend it, and say how to open the driver. Everything is read back
 * through {@code view} or the mount that the driver names, never from the driver's own words alone.
 */
public abstract class GraphDriverContract extends GraphDriverFixture {
    // ---- life of a layer

    @Test
    void aLayerLivesFromApplyToRemove() throws Exception {
        assertEquals(Presence.ABSENT, presence(BASE));
        AppliedDiff applied = apply(BASE, Optional.empty(), base());
        assertEquals(BASE, applied.layerId());
        assertEquals(22 + 20 + 1 + 1 + 2, applied.sizeBytes());
        assertEquals(12, applied.entries());
        prepare(WRITABLE, Optional.of(BASE));
        assertEquals(Presence.PRESENT, presence(BASE));
        assertEquals(Presence.PRESENT, presence(WRITABLE));
        assertEquals(listing(BASE), listing(WRITABLE));
        assertEquals(
                List.of(WRITABLE + " PRESENT true", BASE + " PRESENT false"),
                driver.list().stream().map(e -> e.layerId() + " " + e.presence() + " " + e.writable()).toList());
        assertEquals(DriverErrorCode.BUSY, failure(() -> driver.remove(target(BASE))));
        driver.remove(target(WRITABLE));
        driver.remove(target(BASE));
        assertEquals(List.of(), driver.list());
        assertEquals(Presence.ABSENT, presence(BASE));
    }

    @Test
    void everyVerbAnswersTheSecondTimeAsTheFirst() throws Exception {
        assertEquals(apply(BASE, Optional.empty(), base()), apply(BASE, Optional.empty(), new TarBytes()));
        assertEquals(prepare(WRITABLE, Optional.of(BASE)), prepare(WRITABLE, Optional.of(BASE)));
        CommitRequest commit = new CommitRequest(WRITABLE, TOP, "1/commit");
        assertEquals(driver.commit(commit), driver.commit(commit));
        assertEquals(driver.mounts(target(WRITABLE)), driver.mounts(target(WRITABLE)));
        assertEquals(driver.usage(target(TOP)), driver.usage(target(TOP)));
        assertArrayEquals(diff(BASE), diff(BASE));
        for (String id : List.of(TOP, WRITABLE, BASE)) {
            driver.remove(target(id));
            driver.remove(target(id));
        }
        assertEquals(List.of(), driver.list());
    }

    @Test
    void preparingAgainKeepsWhatWasWritten() throws Exception {
        apply(BASE, Optional.empty(), base());
        prepare(WRITABLE, Optional.of(BASE));
        try (Views view = Views.open(driver, WRITABLE)) {
            Files.writeString(view.path("etc/new"), "kept");
        }
        prepare(WRITABLE, Optional.of(BASE));
        try (Views view = Views.open(driver, WRITABLE)) {
            assertEquals("kept", Files.readString(view.path("etc/new")));
        }
    }

    @Test
    void aNewInstanceFindsEverything() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes().whiteout("etc/hosts"));
        RootfsMount mount = prepare(WRITABLE, Optional.of(TOP));
        List<String> before = listing(WRITABLE);
        driver.close();
        driver = open(home);
        assertEquals(3, driver.list().size());
        assertEquals(mount, driver.mounts(target(WRITABLE)));
        assertEquals(before, listing(WRITABLE));
        assertEquals(DriverErrorCode.BUSY, failure(() -> driver.remove(target(BASE))));
        assertEquals(apply(BASE, Optional.empty(), base()).sizeBytes(), 46);
    }

    @Test
    void missingLayersAreNamedAndNothingIsMade() throws Exception {
        DriverException e = assertThrows(DriverException.class, () -> prepare(WRITABLE, Optional.of(OTHER)));
        assertEquals(DriverErrorCode.NOT_FOUND, e.code());
        assertTrue(e.getMessage().contains(OTHER), e.getMessage());
        assertEquals(DriverErrorCode.NOT_FOUND, failure(() -> apply(TOP, Optional.of(OTHER), base())));
        assertEquals(DriverErrorCode.NOT_FOUND, failure(() -> driver.mounts(target(OTHER))));
        assertEquals(DriverErrorCode.NOT_FOUND, failure(() -> driver.view(target(OTHER))));
        assertEquals(DriverErrorCode.NOT_FOUND, failure(() -> driver.usage(target(OTHER))));
        assertEquals(DriverErrorCode.NOT_FOUND, failure(() -> diff(OTHER)));
        assertEquals(DriverErrorCode.NOT_FOUND, failure(() -> driver.commit(new CommitRequest(OTHER, TOP, "1"))));
        assertEquals(List.of(), driver.list());
    }

    @Test
    void aWritableLayerIsNobodysParent() throws Exception {
        prepare(WRITABLE, Optional.empty());
        assertEquals(DriverErrorCode.NOT_FOUND, failure(() -> prepare(OTHER, Optional.of(WRITABLE))));
    }

    @Test
    void idsThatAreNoIdsAreRefused() throws Exception {
        for (String id : List.of("", "..", "../x", "A0", "x", "0".repeat(65), "ab/cd", "ab\0")) {
            assertEquals(DriverErrorCode.INVALID, failure(() -> prepare(id, Optional.empty())), id);
            assertEquals(DriverErrorCode.INVALID, failure(() -> driver.remove(target(id))), id);
            assertEquals(DriverErrorCode.INVALID, failure(() -> driver.inspect(target(id))), id);
        }
    }

    @Test
    void somebodyElsesThingInTheWayIsForeignAndUntouched() throws Exception {
        Files.writeString(home.resolve(OTHER), "not a layer");
        Files.createDirectories(home.resolve(TOP).resolve("photos"));
        for (String id : List.of(OTHER, TOP)) {
            assertEquals(Presence.FOREIGN, presence(id));
            assertEquals(DriverErrorCode.FOREIGN, failure(() -> driver.remove(target(id))));
            assertEquals(DriverErrorCode.FOREIGN, failure(() -> prepare(id, Optional.empty())));
        }
        assertEquals("not a layer", Files.readString(home.resolve(OTHER)));
        assertTrue(Files.isDirectory(home.resolve(TOP).resolve("photos")));
        assertEquals(2, Files.list(home).count());
    }

    // ---- what a layer holds

    @Test
    void u1_layersAreMergedAndLowerBytesStayWhatTheyAre() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes().directory("opt/", 0755).file("opt/top", 0644, "t").file("etc/hosts", 0644, "new\n"));
        List<String> base = listing(BASE);
        List<String> top = listing(TOP);
        prepare(WRITABLE, Optional.of(TOP));
        try (Views view = Views.open(driver, WRITABLE)) {
            assertEquals("new\n", Files.readString(view.path("etc/hosts")));
            assertEquals("t", Files.readString(view.path("opt/top")));
            Files.writeString(view.path("etc/passwd"), "changed");
            Files.delete(view.path("var/lib/one"));
            Files.createDirectory(view.path("made"));
            assertEquals("changed", Files.readString(view.path("etc/passwd")));
        }
        assertEquals(base, listing(BASE));
        assertEquals(top, listing(TOP));
    }

    @Test
    @RequiresRoot("a view that is read-only is a mount")
    void readOnlyLayersRefuseWrites() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes().file("x", 0644, "x"));
        for (String id : List.of(BASE, TOP)) {
            try (Views view = Views.open(driver, id)) {
                IOException e = assertThrows(IOException.class, () -> Files.writeString(view.path("etc/passwd"), "no"));
                assertTrue(e.getMessage().contains("Read-only"), e.getMessage());
            }
        }
    }

    @Test
    void modesTimesLinksAndAUsersAttributesAreKept() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes()
                .directory("./", 0750)
                .mtime(1_234_567_890)
                .pax("mtime", "1234567890.123456789")
                .file("setuid", 04755, "s")
                .hardLink("again", "setuid")
                .xattr("user.colour", "blue".getBytes())
                .directory("d/", 02775)
                .fifo("d/pipe")
                .symlink("d/link", "/nowhere/at/all"));
        List<String> expected = Stream.of(
                        "/ 40750 OWNER @1000000000.0",
                        "/again 104755 OWNER @1234567890.123456789 crc " + crc("s") + " of 1",
                        "/d 42775 OWNER @1234567890.0 user.colour=626c7565",
                        "/d/link 120777 OWNER @1234567890.0 -> /nowhere/at/all",
                        "/d/pipe 10600 OWNER @1234567890.0 dev 0:0",
                        "/setuid = /again 104755 OWNER @1234567890.123456789 crc " + crc("s") + " of 1")
                .map(line -> line.replace("OWNER", owned(0, 0)))
                .toList();
        assertEquals(expected, listing(BASE));
    }

    @Test
    @RequiresRoot("it makes device nodes, gives files away and sets attributes of the system's")
    void attributesOfEveryKindOfFileAreKept() throws Exception {
        byte[] capability = HexFormat.of().parseHex("0100000200200000000000000000000000000000");
        apply(BASE, Optional.empty(), new TarBytes()
                .directory("./", 0750)
                .owner(1234, 70000)
                .mtime(1_234_567_890)
                .pax("mtime", "1234567890.123456789")
                .file("setuid", 04755, "s")
                .xattr("security.capability", capability)
                .file("ping", 0755, "p")
                .xattr("user.colour", "blue".getBytes())
                .xattr("trusted.mark", new byte[] {0, 1, 2, (byte) 0xff})
                .directory("d/", 02775)
                .hardLink("d/also-ping", "ping")
                .characterDevice("null", 1, 3)
                .blockDevice("disk", 259, 70000)
                .fifo("pipe")
                .symlink("link", "/nowhere/at/all")
                .mtime(0)
                .file("epoch", 0444, "")
                .file("d/" + "long".repeat(60), 0640, "l")
                .file("d/Straße ☃", 0640, "u"));
        List<String> lines = listing(BASE);
        assertEquals("/ 40750 0:0 @1000000000.0", lines.getFirst());
        assertTrue(lines.contains("/setuid 104755 1234:70000 @1234567890.123456789 crc "
                + crc("s") + " of 1"), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("/ping = /d/also-ping 100755 1234:70000 @1234567890.0")
                && line.endsWith("security.capability=" + HexFormat.of().formatHex(capability))), lines::toString);
        assertTrue(lines.contains("/d 42775 1234:70000 @1234567890.0 trusted.mark=000102ff user.colour=626c7565"), lines::toString);
        assertTrue(lines.contains("/null 20666 1234:70000 @1234567890.0 dev 1:3"), lines::toString);
        assertTrue(lines.contains("/disk 60660 1234:70000 @1234567890.0 dev 259:70000"), lines::toString);
        assertTrue(lines.contains("/pipe 10600 1234:70000 @1234567890.0 dev 0:0"), lines::toString);
        assertTrue(lines.contains("/link 120777 1234:70000 @1234567890.0 -> /nowhere/at/all"), lines::toString);
        assertTrue(lines.contains("/epoch 100444 1234:70000 @0.0 crc 0 of 0"), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("/d/" + "long".repeat(60))), lines::toString);
        // exported and applied again it is the same
        driver.applyDiff(new ApplyDiffRequest(OTHER, Optional.empty(), new ByteArrayInputStream(diff(BASE)), "1"));
        assertEquals(lines, listing(OTHER));
        assertArrayEquals(diff(BASE), diff(OTHER));
    }

    private static String crc(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes());
        return Long.toHexString(crc.getValue());
    }

    @Test
    void theRootTakesTheImagesOwnerModeAndAttributes() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes()
                .owner(7, 8).xattr("user.root", "r".getBytes()).directory("./", 0711).file("f", 0644, ""));
        apply(TOP, Optional.of(BASE), new TarBytes().file("g", 0644, ""));
        prepare(WRITABLE, Optional.of(TOP));
        for (String id : List.of(TOP, WRITABLE)) {
            assertTrue(listing(id).getFirst().startsWith("/ 40711 " + owned(7, 8) + " "), listing(id).getFirst());
            assertTrue(listing(id).getFirst().endsWith(" user.root=72"), listing(id).getFirst());
        }
    }

    @Test
    void directoriesMadeOnTheWayLookLikeThoseBelow() throws Exception {
        apply(BASE, Optional.empty(), base().owner(5, 6).directory("home/", 0700).directory("home/me/", 0750));
        apply(TOP, Optional.of(BASE), new TarBytes().file("home/me/f", 0644, "x").file("tmp/g", 0644, "y").file("a/b/c", 0644, "z"));
        List<String> lines = listing(TOP);
        assertTrue(lines.contains("/home/me 40750 " + owned(5, 6) + " @1000000000.0"), lines::toString);
        assertTrue(lines.contains("/tmp 41777 " + owned(0, 0) + " @1000000000.0"), lines::toString);
        assertTrue(lines.contains("/a/b 40755 " + owned(0, 0) + " @0.0"), lines::toString);
    }

    @Test
    @RequiresRoot("it gives a directory to another group")
    void directoriesMadeOnTheWayTakeNoGroupFromTheOneAbove() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes().owner(0, 50).directory("shared/", 02775).file("shared/a/f", 0644, "x"));
        assertTrue(listing(BASE).contains("/shared/a 40755 0:0 @0.0"), () -> "the group was handed down");
    }

    @Test
    void entriesBehindLinksLandWhereARootFileSystemWouldPutThem() throws Exception {
        apply(BASE, Optional.empty(), new TarBytes()
                .directory("usr/", 0755).directory("usr/lib/", 0755).symlink("lib", "usr/lib").symlink("abs", "/usr/lib")
                .symlink("up", "../../../usr"));
        apply(TOP, Optional.of(BASE), new TarBytes()
                .file("lib/one", 0644, "1").file("abs/two", 0644, "2").file("up/lib/three", 0644, "3"));
        try (Views view = Views.open(driver, TOP)) {
            assertTrue(Files.isSymbolicLink(view.path("lib")));
            for (String name : List.of("one", "two", "three")) {
                assertTrue(Files.isRegularFile(view.path("usr/lib/" + name)), name);
            }
        }
    }

    // ---- deletions

    @Test
    void whiteoutsHideWhatLiesBelow() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes()
                .whiteout("etc/hosts").whiteout("var").whiteout("never/was").whiteout("sbin"));
        List<String> paths = paths(TOP);
        assertFalse(paths.contains("/etc/hosts"));
        assertFalse(paths.contains("/var"));
        assertFalse(paths.contains("/sbin"));
        assertTrue(paths.contains("/etc/passwd"));
        assertTrue(paths.stream().noneMatch(path -> path.contains(".wh.")));
    }

    @Test
    void whiteoutsDoNotHideWhatTheirOwnLayerBrings() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes()
                .file("etc/hosts", 0644, "own").whiteout("etc/hosts")
                .directory("var/lib/", 0755).file("var/lib/own", 0644, "own").opaque("var/lib")
                .whiteout("tmp").directory("tmp/", 0755).file("tmp/own", 0644, "own")
                .directory("bin/", 0755).file("bin/own", 0755, "own").whiteout("bin"));
        List<String> paths = paths(TOP);
        assertTrue(paths.containsAll(List.of("/etc/hosts", "/var/lib/own", "/tmp/own", "/bin/own")), paths::toString);
        assertTrue(Collections.disjoint(paths, List.of("/var/lib/one", "/var/lib/two", "/bin/sh")), paths::toString);
        try (Views view = Views.open(driver, TOP)) {
            assertEquals("own", Files.readString(view.path("etc/hosts")));
        }
    }

    @Test
    void anOpaqueDirectoryIsTheSameWhereverItsMarkStands() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes().opaque("var/lib").file("var/lib/own", 0644, "o"));
        apply(OTHER, Optional.of(BASE), new TarBytes().file("var/lib/own", 0644, "o").opaque("var/lib"));
        assertEquals(paths(TOP), paths(OTHER));
        assertTrue(paths(TOP).contains("/var/lib/own"));
        assertFalse(paths(TOP).contains("/var/lib/one"));
    }

    @Test
    void anOpaqueRootHidesAllThatLiesBelowIt() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes().file("own", 0644, "o").opaque("").directory("var/", 0755).file("var/own", 0644, "o"));
        apply(OTHER, Optional.of(TOP), new TarBytes().file("more", 0644, "m"));
        assertEquals(List.of("/", "/own", "/var", "/var/own"), paths(TOP));
        assertEquals(List.of("/", "/more", "/own", "/var", "/var/own"), paths(OTHER));
        try (Views view = Views.open(driver, OTHER)) {
            assertFalse(Files.exists(view.path("etc/passwd"), LinkOption.NOFOLLOW_LINKS));
        }
    }

    @Test
    void kindsMayChangeFromLayerToLayer() throws Exception {
        apply(BASE, Optional.empty(), base());
        apply(TOP, Optional.of(BASE), new TarBytes()
                .file("var", 0644, "a file now").directory("sbin/", 0755).file("sbin/x", 0755, "x").symlink("etc", "var"));
        List<String> paths = paths(TOP);
        assertFalse(paths.contains("/var/lib"));
        assertTrue(paths.containsAll(List.of("/var", "/sbin/x", "/etc")));
        try (Views view = Views.open(driver, TOP)) {
            assertTrue(Files.isDirectory(view.path("sbin"), LinkOption.NOFOLLOW_LINKS));
        }
    }

    @Test
    void changesAndDiffTellWhatWasDone() throws Exception {
        apply(BASE, Optional.empty(), base());
        prepare(WRITABLE, Optional.of(BASE));
        try (Views view = Views.open(driver, WRITABLE)) {
            Files.delete(view.path("etc/hosts"));
            Files.writeString(view.path("etc/passwd"), "changed!");
            Files.writeString(view.path("bin/new"), "n");
            Files.delete(view.path("var/lib/one"));
            Files.delete(view.path("var/lib/two"));
            Files.delete(view.path("var/lib"));
            Files.createDirectory(view.path("var/lib"));
            Files.writeString(view.path("var/lib/three"), "3");
        }
        assertEquals(
                List.of(
                        new Change("/bin", Change.Kind.MODIFIED),
                        new Change("/bin/new", Change.Kind.ADDED),
                        new Change("/etc", Change.Kind.MODIFIED),
                        new Change("/etc/hosts", Change.Kind.DELETED),
                        new Change("/etc/passwd", Change.Kind.MODIFIED),
                        new Change("/var", Change.Kind.MODIFIED),
                        new Change("/var/lib", Change.Kind.MODIFIED),
                        new Change("/var/lib/one", Change.Kind.DELETED),
                        new Change("/var/lib/three", Change.Kind.ADDED),
                        new Change("/var/lib/two", Change.Kind.DELETED)),
                driver.changes(target(WRITABLE)));
        List<String> merged = listing(WRITABLE);
        driver.applyDiff(new ApplyDiffRequest(TOP, Optional.of(BASE), new ByteArrayInputStream(diff(WRITABLE)), "1"));
        assertEquals(merged, listing(TOP));
        AppliedDiff committed = driver.commit(new CommitRequest(WRITABLE, OTHER, "1"));
        assertEquals(merged, listing(OTHER));
        assertEquals("changed!".length() + 2, committed.sizeBytes());
    }
}
