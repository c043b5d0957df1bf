package dev.stowbook.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes out of a container was named by whoever runs in it: it is unpacked here by somebody who may be root. */
class UnpackedTarTest {
    @TempDir
    Path scratch;

    private Path outside;
    private Path here;

    @BeforeEach
    void make() throws IOException {
        outside = Files.createDirectory(scratch.resolve("outside"));
        Files.writeString(outside.resolve("mine"), "mine");
        here = Files.createDirectory(scratch.resolve("here"));
    }

    private interface Filling {
        void into(TarArchiveOutputStream tar) throws IOException;
    }

    private static void file(TarArchiveOutputStream tar, String name, int mode, String content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        entry.setMode(mode);
        entry.setUserId(33);
        entry.setGroupId(44);
        entry.setSize(content.length());
        tar.putArchiveEntry(entry);
        tar.write(content.getBytes());
        tar.closeArchiveEntry();
    }

    private static void other(TarArchiveOutputStream tar, String name, byte type, String target) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        entry.setMode(type == TarConstants.LF_DIR ? 040755 : 0777);
        entry.setLinkName(target);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private List<String> unpack(String root, Path destination, boolean owners, Filling filling) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            filling.into(tar);
        }
        UnpackedTar unpacked = new UnpackedTar(root, destination, owners);
        unpacked.read(new ByteArrayInputStream(bytes.toByteArray()));
        return unpacked.leftOut();
    }

    private void assertNothingOutside() throws IOException {
        assertEquals("mine", Files.readString(outside.resolve("mine")));
        try (Stream<Path> all = Files.list(outside)) {
            assertEquals(1, all.count(), "something was made outside");
        }
        try (Stream<Path> all = Files.list(scratch)) {
            assertEquals(Set.of("outside", "here"), all.map(path -> path.getFileName().toString()).collect(Collectors.toSet()));
        }
    }

    @Test
    void namesAndLinksOfATarLeadNowhereElse() throws Exception {
        List<String> left = unpack("d", here.resolve("d"), false, tar -> {
            other(tar, "d/", TarConstants.LF_DIR, "");
            other(tar, "d/link", TarConstants.LF_SYMLINK, outside.toString());
            file(tar, "d/link/mine", 0644, "evil");
            file(tar, "d/link/new", 0644, "evil");
            file(tar, "d/../../outside/new", 0644, "evil");
            file(tar, "elsewhere/file", 0644, "evil");
            file(tar, outside + "/new", 0644, "evil");
            other(tar, "d/hard", TarConstants.LF_LINK, "d/link/mine");
            other(tar, "d/harder", TarConstants.LF_LINK, "d/../../outside/mine");
            other(tar, "d/null", TarConstants.LF_CHR, "");
            other(tar, "d/disk", TarConstants.LF_BLK, "");
            other(tar, "d/pipe", TarConstants.LF_FIFO, "");
            file(tar, "d/good", 0644, "good");
            other(tar, "d/twin", TarConstants.LF_LINK, "d/good");
        });
        assertEquals(10, left.size(), left.toString());
        assertNothingOutside();
        assertEquals(outside, Files.readSymbolicLink(here.resolve("d/link")), "the link itself is a file like others");
        assertEquals("good", Files.readString(here.resolve("d/twin")));
        for (String name : List.of("hard", "harder", "null", "disk", "pipe")) {
            assertFalse(Files.exists(here.resolve("d").resolve(name), LinkOption.NOFOLLOW_LINKS), name);
        }
    }

    @Test
    void aFileTakesThePlaceOfALinkAndNotOfWhatThatLeadsTo() throws Exception {
        Files.createSymbolicLink(here.resolve("there"), outside.resolve("mine"));
        unpack("there", here.resolve("there"), false, tar -> file(tar, "there", 0644, "new"));
        assertNothingOutside();
        assertEquals("new", Files.readString(here.resolve("there")));
        assertFalse(Files.isSymbolicLink(here.resolve("there")));
    }

    @Test
    void setuidAndSetgidStayOnlyWithTheOwnersTheyWereMeantFor() throws Exception {
        Filling filling = tar -> {
            other(tar, "d/", TarConstants.LF_DIR, "");
            file(tar, "d/su", 0106755, "x");
            file(tar, "d/sticky", 0101644, "x");
        };
        unpack("d", here.resolve("d"), false, filling);
        assertEquals(0755, mode("d/su"));
        assertEquals(01644, mode("d/sticky"));
        assertEquals(Files.getAttribute(here, "unix:uid"), Files.getAttribute(here.resolve("d/su"), "unix:uid"), "whoever copies owns it");
        if (Integer.valueOf(0).equals(Files.getAttribute(here, "unix:uid"))) { // only root may give files away
            unpack("d", here.resolve("kept"), true, filling);
            assertEquals(06755, mode("kept/su"));
            assertEquals("33:44", Files.getAttribute(here.resolve("kept/su"), "unix:uid") + ":" + Files.getAttribute(here.resolve("kept/su"), "unix:gid"));
        }
    }

    private int mode(String name) throws IOException {
        return (Integer) Files.getAttribute(here.resolve(name), "unix:mode") & 07777;
    }

    @Test
    void neitherKindReplacesTheOther() throws Exception {
        Files.createDirectories(here.resolve("d/x"));
        assertThrows(Failure.class, () -> unpack("d", here.resolve("d"), false, tar -> file(tar, "d/x", 0644, "a file")));
        Files.writeString(here.resolve("d/y"), "kept");
        assertThrows(Failure.class, () -> unpack("d", here.resolve("d"), false, tar -> other(tar, "d/y/", TarConstants.LF_DIR, "")));
        assertEquals("kept", Files.readString(here.resolve("d/y")));
        Files.createSymbolicLink(here.resolve("d/z"), outside);
        assertThrows(Failure.class, () -> unpack("d", here.resolve("d"), false, tar -> {
            other(tar, "d/z/", TarConstants.LF_DIR, "");
            file(tar, "d/z/mine", 0644, "evil");
        }));
        assertNothingOutside();
    }
}
