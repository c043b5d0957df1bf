package dev.stowbook.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.testkit.KernelSnapshot.Filter;
import dev.stowbook.testkit.KernelSnapshot.Kind;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresRoot
class KernelSnapshotTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private final String name = TestNames.name();
    private final String link = TestNames.linkPrefix();
    private final Filter filter = Filter.of(name, link);

    private static void run(String... command) throws Exception {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), String.join(" ", command));
    }

    @Test
    void aQuietTestLeavesNothing() {
        KernelSnapshot.assertNothingLeft(KernelSnapshot.take(filter));
    }

    @Test
    void aMountThatStaysIsNamed(@TempDir Path directory) throws Exception {
        var before = KernelSnapshot.take(filter);
        Path point = Files.createDirectory(directory.resolve(name));
        run("mount", "-t", "tmpfs", "none", point.toString());
        try {
            expectLeft(before, "MOUNT", name);
        } finally {
            run("umount", point.toString());
        }
        KernelSnapshot.assertNothingLeft(before);
    }

    @Test
    void aCgroupAndAProcessInItThatStayAreNamed() throws Exception {
        var before = KernelSnapshot.take(filter);
        Path group = Files.createDirectory(Path.of("/sys/fs/cgroup/pids", name));
        Process child = new ProcessBuilder("sh", "-c", "echo 0 > " + group + "/tasks; exec sleep 600").start();
        try {
            while (Files.readAllLines(group.resolve("tasks")).isEmpty()) {
                Thread.sleep(5);
            }
            expectLeft(before, "CGROUP", name);
            expectLeft(before, "PROCESS", "sleep 600");
        } finally {
            child.destroyForcibly().waitFor();
            Files.delete(group);
        }
        child.getInputStream().close();
        child.getErrorStream().close();
        child.getOutputStream().close();
        KernelSnapshot.assertNothingLeft(before);
    }

    @Test
    void aLinkAndATableThatStayAreNamed() throws Exception {
        var before = KernelSnapshot.take(filter);
        run("ip", "link", "add", link + "0", "type", "bridge");
        run("nft", "add", "table", "inet", name);
        run("nft", "add", "set", "inet", name, "ports", "{ type inet_service ; elements = { 4711 } ; }");
        try {
            expectLeft(before, "LINK", link + "0");
            expectLeft(before, "NFTABLES", "4711");
        } finally {
            run("nft", "delete", "table", "inet", name);
            run("ip", "link", "delete", link + "0");
        }
        KernelSnapshot.assertNothingLeft(before);
    }

    @Test
    void aDescriptorAndAThreadThatStayAreNamed(@TempDir Path directory) throws Exception {
        var before = KernelSnapshot.take(filter);
        Path file = Files.createFile(directory.resolve(name));
        var thread = new Thread(() -> sleepUntilInterrupted(), name);
        thread.start();
        try (var open = new FileInputStream(file.toFile())) {
            assertTrue(open.getFD().valid());
            expectLeft(before, "DESCRIPTOR", name);
            expectLeft(before, "THREAD", name);
        } finally {
            thread.interrupt();
            thread.join();
        }
        KernelSnapshot.assertNothingLeft(before);
    }

    @Test
    void objectsOfOthersAreNotLookedAt() throws Exception {
        Path group = Files.createDirectory(Path.of("/sys/fs/cgroup/pids", TestNames.name()));
        try {
            assertTrue(KernelSnapshot.take(filter).of(Kind.CGROUP).isEmpty());
        } finally {
            Files.delete(group);
        }
        assertThrows(IllegalArgumentException.class, () -> Filter.of("a"), "a name that matches everything");
    }

    @Test
    void aBusyboxRootfsRunsItsApplets(@TempDir Path directory) throws Exception {
        Path rootfs = BusyboxRootfs.create(directory.resolve("rootfs"));
        assertTrue(Files.isSymbolicLink(rootfs.resolve("bin/sh")));
        run("chroot", rootfs.toString(), "/bin/sh", "-c", "test $(cat /etc/passwd | wc -l) = 2");
        assertEquals(01777, (int) Files.getAttribute(rootfs.resolve("tmp"), "unix:mode") & 07777);
    }

    private static void sleepUntilInterrupted() {
        try {
            Thread.sleep(600_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void expectLeft(KernelSnapshot before, String kind, String part) {
        var error = assertThrows(AssertionError.class, () -> KernelSnapshot.assertNothingLeft(before, SHORT));
        assertTrue(String.valueOf(error.getMessage()).lines().anyMatch(l -> l.contains(kind) && l.contains(part)), error.getMessage());
    }
}
