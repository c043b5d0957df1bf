package dev.stowbook.graph.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A writer that is killed while the kernel copies the file up that it wants to write to. */
@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayCopyUpTest {
    private static final int SIZE = 64 << 20;
    private static final String BASE = "ba5e";

    @TempDir
    Path scratch;

    @Test
    void u4_aKillInMidCopyUpNeverLeavesHalfAFile() throws Exception {
        byte[] data = new byte[SIZE];
        new Random(4).nextBytes(data);
        try (Layers layers = new Layers(scratch, MountCalls.linux())) {
            layers.apply(BASE, Optional.empty(), new TarBytes().file("big", 0644, data));
            Path lower = layers.home.resolve(BASE).resolve("diff/big");
            int halfway = 0;
            for (int round = 1; round <= 40 && halfway < 3; round++) {
                String id = Integer.toHexString(round);
                RootfsMount.Overlay mount = layers.prepare(id, BASE);
                halfway += killedHalfway(layers, id, mount, lower) ? 1 : 0;
                layers.driver.remove(new LayerTarget(id, "1"));
            }
            assertTrue(halfway >= 3, "no writer was met in mid copy-up");
        }
    }

    /** Kills a writer when the copy begins to grow; whether that was before it was complete. */
    private static boolean killedHalfway(Layers layers, String id, RootfsMount.Overlay mount, Path lower) throws Exception {
        try (Views view = Views.open(layers.driver, id)) {
            String merged = view.path("big").toString().replace("self", Long.toString(ProcessHandle.current().pid()));
            Process writer = new ProcessBuilder("dd", "if=/dev/null", "of=" + merged, "oflag=append", "conv=notrunc").redirectErrorStream(true).start();
            long seen = 0;
            while (writer.isAlive() && seen == 0) {
                seen = written(writer.pid());
            }
            writer.destroyForcibly();
            writer.waitFor();
            boolean copied = Files.exists(mount.upper().resolve("big"));
            if (copied) {
                assertEquals(-1L, Files.mismatch(lower, mount.upper().resolve("big")), "the copy is whole");
            }
            assertEquals(-1L, Files.mismatch(lower, view.path("big")), "what is merged is whole");
            return !copied && seen > 0 && seen < SIZE;
        }
    }

    /** How many bytes a process wrote; all that this one writes is the copy (proc_pid_io(5)). The copy itself has no name until it is whole. */
    private static long written(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/io")).stream()
                    .filter(line -> line.startsWith("write_bytes: "))
                    .mapToLong(line -> Long.parseLong(line.substring("write_bytes: ".length())))
                    .sum();
        } catch (IOException e) {
            return 0; // it has ended
        }
    }
}
