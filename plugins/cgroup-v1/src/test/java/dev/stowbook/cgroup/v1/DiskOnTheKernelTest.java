package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** blkio.throttle on an ext4 of its own, on a loop device: v1 limits what goes to the device at once, and no write-back. */
class DiskOnTheKernelTest extends CgroupDriverFixture {
    private static final long MIB = 1 << 20;
    private static final double A_FIFTH = 0.2;

    private String loop = "";
    private Path disk;
    private String device;

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    @BeforeEach
    void mountADisk() throws Exception {
        Path image = directory.resolve("image");
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(64 * MIB);
        }
        disk = Files.createDirectory(directory.resolve("disk"));
        run("modprobe loop 2>/dev/null || :");
        run("mkfs.ext4 -q " + image);
        loop = run("losetup -f --show " + image).strip();
        run("mount " + loop + " " + disk);
        device = Files.readString(Path.of("/sys/block", Path.of(loop).getFileName().toString(), "dev")).strip();
        create(pod);
    }

    @AfterEach
    void unmountIt() throws Exception {
        run("umount " + disk + " 2>/dev/null; [ -z '" + loop + "' ] || losetup -d " + loop);
    }

    private static String run(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), script);
        return output;
    }

    /** Limits the container, and reads from the kernel that it is. */
    private void limit(String kind, long bound) throws Exception {
        String[] numbers = device.split(":");
        var limit = new IoLimit(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]),
                only("read_bps", kind, bound), only("write_bps", kind, bound), only("read_iops", kind, bound), only("write_iops", kind, bound));
        create(container, Limits.of().io(limit));
        Path group = Path.of("/sys/fs/cgroup/blkio", "stowbook-" + instance, container.path());
        assertEquals(device + " " + bound, Files.readString(group.resolve("blkio.throttle." + kind + "_device")).strip());
    }

    private static Optional<Bound> only(String wanted, String kind, long bound) {
        return wanted.equals(kind) ? Optional.of(Bound.of(bound)) : Optional.empty();
    }

    /** Seconds that a dd takes in the container. */
    private double seconds(String options) throws Exception {
        long start = System.nanoTime();
        try (var dd = start(container, "exec dd status=none " + options)) {
            assertEquals(0, dd.exitStatus(PATIENCE.multipliedBy(4)));
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** A limit keeps every dd down to it; a busy machine may slow some of them down further. */
    private void assertLimited(double limit, double amount, String options) throws Exception {
        double rate = 0;
        for (int attempt = 0; attempt < 10 && rate < limit * (1 - A_FIFTH); attempt++) {
            rate = amount / seconds(options);
            assertTrue(rate <= limit * (1 + A_FIFTH), rate + " a second, where the limit is " + limit);
        }
        assertTrue(rate >= limit * (1 - A_FIFTH), "only " + rate + " a second, where the limit is " + limit);
    }

    private Path file() {
        return disk.resolve("file");
    }

    @Test
    void c9_directWritesLandWithinAFifthOfTheLimit() throws Exception {
        limit("write_bps", MIB);
        assertLimited(MIB, 3 * MIB, "if=/dev/zero of=" + file() + " bs=64k count=48 oflag=direct");
        assertTrue(driver.stats(target(container)).io().writeBytes().orElseThrow() >= 3 * MIB);
    }

    @Test
    void c9_directReadsLandWithinAFifthOfTheLimit() throws Exception {
        run("dd if=/dev/zero of=" + file() + " bs=64k count=48 conv=fsync status=none");
        limit("read_bps", MIB);
        assertLimited(MIB, 3 * MIB, "if=" + file() + " of=/dev/null bs=64k count=48 iflag=direct");
        assertTrue(driver.stats(target(container)).io().readBytes().orElseThrow() >= 3 * MIB);
    }

    @Test
    void c9_writesAreCountedWhatTheirSize() throws Exception {
        run("dd if=/dev/zero of=" + file() + " bs=4k count=150 conv=fsync status=none");
        limit("write_iops", 50);
        assertLimited(50, 150, "if=/dev/zero of=" + file() + " bs=4k count=150 oflag=direct conv=notrunc");
    }

    /** The write-back is the kernel's own thread's, which v1 does not charge to who wrote (blkio-controller.rst). */
    @Test
    void c9_bufferedWritesAreNotLimited() throws Exception {
        limit("write_bps", MIB);
        double seconds = 3;
        for (int attempt = 0; attempt < 10 && seconds >= 2.5; attempt++) {
            seconds = seconds("if=/dev/zero of=" + file() + " bs=64k count=48");
        }
        assertTrue(seconds < 2.5, "three MiB at one MiB a second took " + seconds + " s");
    }
}
