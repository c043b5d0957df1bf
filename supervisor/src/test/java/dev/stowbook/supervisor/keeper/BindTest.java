package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.supervisor.keeper.RootPlan.MountPlan;
import dev.stowbook.supervisor.keeper.RootPlan.MountPlan.Propagation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Binds of volumes: what of them, how writable, who sees later mounts. Read from mountinfo and through the files themselves. */
class BindTest extends ContainersTest {
    private static final long SYS_ADMIN = 1L << 21;

    private Path volume;
    private final List<Path> mounted = new ArrayList<>();

    @BeforeEach
    void makeVolume() throws Exception {
        volume = Files.createDirectory(containers.directory.resolve("volume"));
    }

    @AfterEach
    void unmount() throws Exception {
        for (MountInfo mount : MountInfo.ofSelf().reversed()) {
            if (mount.target().startsWith(containers.directory + "/")) {
                MountCalls.linux().unmount(mount.target(), MountCalls.MNT_DETACH);
            }
        }
    }

    private void tmpfs(Path target) throws Exception {
        Files.createDirectories(target);
        MountCalls mounts = MountCalls.linux();
        try (Fd context = mounts.openFileSystem("tmpfs")) {
            mounts.create(context);
            try (Fd mount = mounts.mount(context, 0)) {
                mounts.attach(mount, target.toString());
            }
        }
        mounted.add(target);
    }

    private Containers.Box bound(String script, String subPath, boolean readOnly, boolean readOnlyBelow, Propagation propagation)
            throws Exception {
        MountPlan bind = new MountPlan.Bind(volume, "/data", subPath, readOnly, true, readOnlyBelow, propagation);
        return containers.shell(script).root(r -> new RootPlan(
                r.rootfs(), r.readOnly(), List.of(bind), r.devices(), r.shmBytes(), r.maskedPaths(), r.readOnlyPaths(), r.sysctls()));
    }

    private Containers.Box sub(String script, String subPath) throws Exception {
        return bound(script, subPath, false, false, Propagation.PRIVATE);
    }

    @Test
    void aSubPathShowsThatPartOfAVolumeAndIsMadeIfMissing() throws Exception {
        Files.createDirectories(volume.resolve("a/b"));
        Files.writeString(volume.resolve("a/b/file"), "in b");
        Files.writeString(volume.resolve("a/config"), "a file");
        Containers.Box box = sub("cat /data/file", "a/b");
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("in b", box.stdout());
        Containers.Box file = sub("cat /data", "a/config");
        assertEquals(0, file.run().code(), file.stderr());
        assertEquals("a file", file.stdout());
        Containers.Box missing = sub("touch /data/made", "new/deep");
        assertEquals(0, missing.run().code(), missing.stderr());
        assertTrue(Files.exists(volume.resolve("new/deep/made")));
    }

    /** CVE-2017-1002101, CVE-2021-30465: whoever can write to a volume must not choose what of the host another container gets. */
    @Test
    void aSymlinkInAVolumeLeadsNowhereOutsideIt() throws Exception {
        Path outside = Files.createDirectory(containers.directory.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "the host's");
        Files.createDirectory(volume.resolve("etc"));
        Files.writeString(volume.resolve("etc/secret"), "the volume's own");
        Files.createSymbolicLink(volume.resolve("absolute"), Path.of("/etc"));
        Files.createSymbolicLink(volume.resolve("up"), Path.of("../../../../../../etc"));
        for (String link : List.of("absolute", "up", "up/../etc")) {
            Containers.Box box = sub("cat /data/secret", link);
            assertEquals(0, box.run().code(), link + box.stderr());
            assertEquals("the volume's own", box.stdout(), link);
        }
        Files.createSymbolicLink(volume.resolve("dangling"), outside.resolve("new"));
        Files.createSymbolicLink(volume.resolve("host"), outside);
        Files.createSymbolicLink(volume.resolve("magic"), Path.of("/proc/self/root"));
        for (String link : List.of("dangling", "host", "host/new", "magic", "magic/etc")) {
            KeeperMessage.StartFailed failed = sub("cat /data/secret", link).start().failed();
            assertEquals("volumes", failed.step(), link);
        }
        assertEquals(1, Files.list(outside).count(), "nothing was made there");
    }

    @Test
    void readOnlyReachesWhatIsMountedBelowOnlyIfAsked() throws Exception {
        tmpfs(volume.resolve("below"));
        String script = "touch /data/top; touch /data/below/x && echo below; cat /proc/self/mountinfo";
        Containers.Box all = bound(script, "", true, true, Propagation.PRIVATE);
        all.run();
        assertEquals(2, all.stderr().lines().filter(line -> line.contains("Read-only file system")).count(), all.stderr());
        assertEquals(List.of("ro", "ro"), flags(all));
        Containers.Box top = bound(script, "", true, false, Propagation.PRIVATE);
        top.run();
        assertTrue(top.stdout().startsWith("below\n"), top.stderr());
        assertEquals(1, top.stderr().lines().filter(line -> line.contains("Read-only file system")).count(), top.stderr());
        assertEquals(List.of("ro", "rw"), flags(top));
        Containers.Box none = bound(script, "", false, false, Propagation.PRIVATE);
        none.run();
        assertEquals("", none.stderr());
        assertEquals(List.of("rw", "rw"), flags(none));
    }

    private static List<String> flags(Containers.Box box) throws Exception {
        return box.stdout().lines()
                .flatMap(line -> MountInfo.parse(line).stream())
                .filter(mount -> mount.target().startsWith("/data"))
                .map(mount -> mount.options().getFirst())
                .toList();
    }

    private void shareVolume() throws Exception {
        tmpfs(volume);
        assertEquals(0, new ProcessBuilder("mount", "--make-shared", volume.toString()).inheritIO().start().waitFor());
    }

    /** Runs a container until it has said what it sees of a mount that the host makes meanwhile. */
    private String seen(Propagation propagation) throws Exception {
        Containers.Box box = bound("touch /data/up; while [ ! -e /data/go ]; do usleep 10000; done; ls /data/late; grep -c /data /proc/self/mountinfo",
                "", false, false, propagation);
        Heard ears = box.start();
        for (int i = 0; !Files.exists(volume.resolve("up")); i++) {
            assertTrue(i < 6000, "the container does not run");
            Thread.sleep(10);
        }
        tmpfs(volume.resolve("late"));
        Files.writeString(volume.resolve("late/file"), "");
        Files.writeString(volume.resolve("go"), "");
        ears.await(KeeperMessage.Exited.class);
        Files.delete(volume.resolve("go"));
        Files.delete(volume.resolve("up"));
        MountCalls.linux().unmount(volume.resolve("late").toString(), MountCalls.MNT_DETACH);
        return box.stdout();
    }

    @Test
    void laterMountsOfTheHostAreSeenOnlyIfAsked() throws Exception {
        shareVolume();
        assertEquals("1\n", seen(Propagation.PRIVATE));
        assertEquals("file\n2\n", seen(Propagation.SLAVE));
        assertEquals("file\n2\n", seen(Propagation.SHARED));
    }

    @Test
    void mountsOfAContainerReachTheHostOnlyIfAsked() throws Exception {
        shareVolume();
        for (Propagation propagation : Propagation.values()) {
            Path target = Files.createDirectory(volume.resolve(propagation.name()));
            String script = "mount -t tmpfs mine /data/" + propagation + " && touch /data/" + propagation + "/inside && touch /data/done-" + propagation;
            Containers.Box box = bound(script, "", false, false, propagation)
                    .privileges(p -> PrivilegePlan.capabilities(Containers.DEFAULT_CAPABILITIES | SYS_ADMIN));
            assertEquals(0, box.run().code(), box.stderr());
            assertTrue(Files.exists(volume.resolve("done-" + propagation)));
            boolean reached = MountInfo.ofSelf().stream().anyMatch(mount -> mount.target().equals(target.toString()));
            assertEquals(propagation == Propagation.SHARED, reached, propagation.name());
            assertEquals(propagation == Propagation.SHARED, Files.exists(target.resolve("inside")));
        }
    }

    @Test
    void whatIsNotThereIsNamed() throws Exception {
        Files.delete(volume);
        KeeperMessage.StartFailed failed = sub("true", "").start().failed();
        assertEquals(volume.toString(), failed.path());
        assertFalse(Files.exists(volume));
        Files.createDirectory(volume);
    }
}
