package dev.stowbook.linux.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MountInfoTest {

    @Test
    void linesAreReadAsTheManualPageSays() {
        MountInfo info = MountInfo.parse("36 35 98:0 /mnt1 /mnt/with\\040space\\134and rw,noatime master:1 propagate_from:2 - "
                        + "overlay over\\040lay rw,lowerdir=/a:/b,upperdir=/u")
                .orElseThrow();
        assertEquals(
                new MountInfo(
                        36, 35, "98:0", "/mnt1", "/mnt/with space\\and", List.of("rw", "noatime"), List.of("master:1", "propagate_from:2"),
                        "overlay", "over lay", List.of("rw", "lowerdir=/a:/b", "upperdir=/u")),
                info);
        assertEquals(Optional.of("/a:/b"), info.superOption("lowerdir"));
        assertEquals(Optional.empty(), info.superOption("workdir"));
        assertEquals(List.of(), MountInfo.parse("1 1 0:1 / / rw - tmpfs none rw").orElseThrow().optionalFields());
        assertEquals("ext4", MountInfo.parse("1 1 0:1 / / rw - ext4  rw").orElseThrow().type());
    }

    @Test
    void linesOfAnotherFormAreNotRead() {
        for (String line : List.of("", "1 2 3", "x 1 0:1 / / rw - tmpfs none rw", "1 1 0:1 / / rw tmpfs none rw", "1 1 0:1 / / rw -")) {
            assertEquals(Optional.empty(), MountInfo.parse(line), line);
        }
    }

    @Test
    void thisProcessHasARootAndProc() throws Exception {
        List<MountInfo> mounts = MountInfo.ofSelf();
        assertTrue(mounts.stream().anyMatch(mount -> mount.target().equals("/")));
        assertTrue(mounts.stream().anyMatch(mount -> mount.target().equals("/proc") && mount.type().equals("proc")));
        assertEquals(mounts, MountInfo.ofProcess(ProcessHandle.current().pid()));
    }

    @Test
    void aDetachedMountIsSeenByItsDescriptorOnly() throws Exception {
        List<MountInfo> before = MountInfo.ofSelf();
        MountCalls mounts = MountCalls.linux();
        try (Fd context = mounts.openFileSystem("tmpfs")) {
            mounts.configure(context, "source", "stowbook-test");
            mounts.configure(context, "size", "1048576");
            mounts.create(context);
            try (Fd mount = mounts.mount(context, MountCalls.MOUNT_ATTR_NOSUID)) {
                Path root = Path.of(mount.procPath());
                Files.writeString(root.resolve("f"), "there");
                assertEquals("there", Files.readString(root.resolve("f")));
                mounts.setAttributes(mount, MountCalls.MOUNT_ATTR_RDONLY);
                assertThrows(IOException.class, () -> Files.writeString(root.resolve("g"), "no"));
                assertEquals(before, MountInfo.ofSelf());
            }
        }
    }

    @Test
    void theKernelsOwnWordsAreInTheMessage() throws Exception {
        MountCalls mounts = MountCalls.linux();
        LinuxException e = assertThrows(LinuxException.class, () -> mounts.openFileSystem("stowbook-test-nothing"));
        assertEquals(Errno.ENODEV, e.errno());
        try (Fd context = mounts.openFileSystem("tmpfs")) {
            LinuxException refused = assertThrows(LinuxException.class, () -> mounts.configure(context, "nonsense", "1"));
            assertTrue(refused.getMessage().contains("Unknown parameter 'nonsense'"), refused.getMessage());
        }
    }
}
