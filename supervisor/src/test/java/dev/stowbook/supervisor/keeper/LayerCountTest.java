package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.supervisor.image.BuiltDrivers;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** An image of as many layers as overlay merges, made by the driver and mounted by the keeper, the new way and that of kernels before 6.7. */
class LayerCountTest extends ContainersTest {
    private static final int MOST = 500;
    private static final String COMMAND = "cat /last; echo; ls /layers | wc -l; cat /layers/1; echo; rm /layers/2; chown 5 /layers/3; mv /layers /moved; echo w > /w; cat /proc/self/mountinfo";

    /** The driver's layers over the image, and a writable one on top. */
    private static RootfsMount.Overlay stack(GraphDriver driver, Path image) throws Exception {
        Optional<String> parent = Optional.empty();
        for (int i = 1; i < MOST; i++) {
            String id = String.format("%064x", i);
            byte[] tar = new TarBytes().directory("layers/", 0755).file("layers/" + i, 0644, "" + i).file("last", 0644, "" + i).bytes();
            driver.applyDiff(new ApplyDiffRequest(id, parent, new ByteArrayInputStream(tar), "1"));
            parent = Optional.of(id);
        }
        var mount = (RootfsMount.Overlay) driver.prepare(new PrepareRequest("ab", parent, OptionalLong.empty(), "1")).mount();
        List<Path> lower = new ArrayList<>(mount.lower());
        lower.add(image);
        return new RootfsMount.Overlay(lower, mount.upper(), mount.work());
    }

    private static KeeperMessage.Exited run(Containers.Box box, KeeperSpawner spawner) throws Exception {
        Heard ears = new Heard();
        box.in().remember(ears);
        ears.connection = spawner.run(box.plan(), box.socket(), ears);
        return ears.await(KeeperMessage.Exited.class);
    }

    private void assertMerged(RootfsMount.Overlay mount, KeeperSpawner spawner) throws Exception {
        assertEquals(MOST, mount.lower().size());
        Containers.Box box = containers.shell(COMMAND).root(r -> RootPlan.of(mount));
        assertEquals(0, run(box, spawner).code(), box.stderr());
        assertTrue(box.stdout().startsWith("499\n499\n1\n"), box.stdout());
        assertEquals("w\n", Files.readString(mount.upper().resolve("w")));
        assertTrue(box.stdout().lines().anyMatch(line -> line.contains(" / / ") && line.contains("metacopy=on")), box.stdout());
        assertTrue(MountInfo.ofSelf().stream().noneMatch(line -> line.toString().contains(containers.directory.toString())));
    }

    @Test
    void fiveHundredLayersOfTheDriverAreMountedByTheKeeper() throws Exception {
        try (GraphDriver driver = BuiltDrivers.open("overlay", containers.directory.resolve("layers"))) {
            assertMerged(stack(driver, containers.image), containers.spawner);
        }
    }

    /** As the driver would have left them. */
    private RootfsMount.Overlay plainStack(Path below) throws Exception {
        List<Path> lower = new ArrayList<>();
        for (int i = 1; i < MOST; i++) {
            Path layer = below.resolve(String.format("%064x", i)).resolve("diff");
            Files.createDirectories(layer.resolve("layers"));
            Files.writeString(layer.resolve("layers/" + i), "" + i);
            Files.writeString(layer.resolve("last"), "" + i);
            lower.addFirst(layer);
        }
        lower.add(containers.image);
        return new RootfsMount.Overlay(lower, Files.createDirectories(below.resolve("ab/diff")), Files.createDirectories(below.resolve("ab/work")));
    }

    @Test
    void aKernelBefore67MountsThemByItsPageOfOptions() throws Exception {
        Path older = containers.directory.resolve("older");
        ProcessBuilder build = new ProcessBuilder(
                "sh", System.getProperty("stowbook.repository") + "/supervisor/src/main/c/build.sh", older.toString()).redirectErrorStream(true);
        build.environment().put("CFLAGS", "-DWITHOUT_LOWERDIR_PLUS");
        Process process = build.start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
        KeeperSpawner spawner = new KeeperSpawner(older.resolve("stowbook-keeper"), containers.reactor);
        assertMerged(plainStack(containers.directory.resolve("stack")), spawner);
        Containers.Box few = containers.shell("cat /proc/self/mountinfo");
        RootfsMount.Overlay mount = (RootfsMount.Overlay) few.plan().root().rootfs();
        assertEquals(0, run(few, spawner).code());
        assertTrue(few.stdout().contains("lowerdir=" + mount.lower().getFirst() + ",upperdir=" + mount.upper() + ","), few.stdout());
    }
}
