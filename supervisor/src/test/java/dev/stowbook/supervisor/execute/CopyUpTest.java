package dev.stowbook.supervisor.execute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.graph.TreeListing;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an image has becomes the first content of a volume: whole, once, whatever cuts it off. */
@RequiresRoot
class CopyUpTest {
    @TempDir
    Path scratch;

    private Path image;
    private Path content;
    private Path volume;

    @BeforeEach
    void makeImage() throws Exception {
        image = Files.createDirectory(scratch.resolve("image"));
        content = Files.createDirectories(image.resolve("var/lib/db"));
        volume = Files.createDirectory(scratch.resolve("volume"));
        Files.writeString(content.resolve("table"), "rows");
        Files.createLink(content.resolve("same"), content.resolve("table"));
        Files.createSymbolicLink(content.resolve("link"), Path.of("/nowhere"));
        Files.createDirectories(content.resolve("below/deep"));
        Files.writeString(content.resolve("below/deep/setuid"), "s");
        Files.setAttribute(content.resolve("below/deep/setuid"), "unix:mode", 04755);
        Files.setAttribute(content.resolve("table"), "unix:uid", 999);
        Files.setAttribute(content, "unix:uid", 70);
        Files.setAttribute(content, "unix:gid", 71);
        Files.setPosixFilePermissions(content, PosixFilePermissions.fromString("rwxr-x---"));
        FileCalls.linux().setXattr(LibC.AT_FDCWD, RawPath.of(content.resolve("table")), "user.colour", "blue".getBytes());
        FileCalls.linux().setXattr(LibC.AT_FDCWD, RawPath.of(content), "user.root", "r".getBytes());
    }

    private long fill(FileCalls files, String path) throws Exception {
        try (Fd root = FileCalls.linux().open(LibC.AT_FDCWD, RawPath.of(image), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            return new CopyUp(files).fill(root, path, volume);
        }
    }

    /** Without times, which directories written to get anew. */
    private static List<String> listing(Path tree) throws Exception {
        return TreeListing.of(tree).stream().map(line -> line.replaceAll("@[0-9.]+", "")).toList();
    }

    @Test
    void anEmptyVolumeTakesAllOfItWithOwnersModesAndAttributes() throws Exception {
        assertEquals(5, fill(FileCalls.linux(), "/var/lib/db"));
        assertEquals(listing(content), listing(volume));
        assertEquals(70, Files.getAttribute(volume, "unix:uid"));
        assertEquals(Files.getAttribute(volume.resolve("table"), "unix:ino"), Files.getAttribute(volume.resolve("same"), "unix:ino"));
    }

    @Test
    void aVolumeWithContentIsLeftAsItIs() throws Exception {
        Files.writeString(volume.resolve("mine"), "mine");
        assertEquals(0, fill(FileCalls.linux(), "/var/lib/db"));
        assertEquals(2, listing(volume).size());
        Files.delete(volume.resolve("mine"));
        Files.createDirectory(volume.resolve("lost+found"));
        assertTrue(new CopyUp(FileCalls.linux()).wanted(volume), "what a file system makes by itself is no content");
    }

    @Test
    void whatTheImageLacksOrHasAsAFileLeavesTheVolumeEmpty() throws Exception {
        for (String path : List.of("/nothing", "/var/lib/db/table", "/var/lib/db/link")) {
            assertEquals(0, fill(FileCalls.linux(), path), path);
            assertEquals(1, listing(volume).size(), path);
        }
    }

    @Test
    void linksOfTheImageAreFollowedInTheImage() throws Exception {
        Path outside = Files.createDirectory(scratch.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "the host's");
        Files.createSymbolicLink(image.resolve("data"), Path.of("/var/lib"));
        Files.createSymbolicLink(image.resolve("escape"), Path.of("../../../../../../.." + outside));
        Files.createSymbolicLink(image.resolve("magic"), Path.of("/proc/self/cwd"));
        assertEquals(0, fill(FileCalls.linux(), "/escape"));
        assertEquals(0, fill(FileCalls.linux(), "/magic"));
        assertEquals(5, fill(FileCalls.linux(), "/data/db"));
        assertFalse(Files.exists(volume.resolve("secret"), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void cutOffAnywhereItIsCompletedAndNeverTakenForContent() throws Exception {
        for (long call = 1; ; call++) {
            boolean killed = false;
            Faults faults = Faults.killBefore(call);
            try {
                fill(faults.between(FileCalls.class, FileCalls.linux()), "/var/lib/db");
            } catch (Faults.Killed e) {
                killed = true;
            }
            fill(FileCalls.linux(), "/var/lib/db");
            assertEquals(listing(content), listing(volume), "killed before call " + call);
            try (Fd parent = FileCalls.linux().open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
                new Trees(FileCalls.linux()).remove(parent.number(), "volume");
            }
            Files.createDirectory(volume);
            if (!killed) {
                assertTrue(call > 50, "it made fewer calls than it can: " + call);
                return;
            }
        }
    }
}
