package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits.IoLimit;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** io.max on an ext4 of its own, on a loop device: v2 charges a buffered write's write-back to the group that wrote. */
@ExtendWith(WhereV2OwnsTheControllers.class)
class DiskOnTheKernelTest extends CgroupDriverFixture {
    private static final long MIB = 1 << 20;
    private static final long LIMIT = MIB;

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
        run("modprobe loop || :");
        run("mkfs.ext4 -q " + image);
        loop = run("losetup -f --show " + image).strip();
        run("mount " + loop + " " + disk);
        device = Files.readString(Path.of("/sys/block", Path.of(loop).getFileName().toString(), "dev")).strip();
        String[] numbers = device.split(":");
        var limit = new IoLimit(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]),
                Optional.empty(), Optional.of(Bound.of(LIMIT)), Optional.empty(), Optional.empty());
        create(pod);
        var applied = driver.create(new CreateGroupRequest(container, Limits.of().io(limit).build(), "1/create"));
        assertEquals(device + " rbps=max wbps=" + LIMIT + " riops=max wiops=max", applied.written().get("io.max"));
    }

    @AfterEach
    void unmountIt() throws Exception {
        run("umount " + disk + " 2>/dev/null; [ -z '" + loop + "' ] || losetup -d " + loop);
    }

    private static String run(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), script);
        return output;
    }

    /** Bytes a second that a dd of three MiB gets to the disk. */
    private double rate(String options) throws Exception {
        long start = System.nanoTime();
        try (var writer = start(container, "exec dd if=/dev/zero of=" + disk.resolve("file") + " bs=64k count=48 status=none " + options)) {
            assertEquals(0, writer.exitStatus(PATIENCE.multipliedBy(4)));
        }
        return 3.0 * MIB / ((System.nanoTime() - start) / 1e9);
    }

    @Test
    void c9_directWritesLandWithinAFifthOfTheLimit() throws Exception {
        double rate = 0;
        for (int attempt = 0; attempt < 10 && rate < 0.8 * LIMIT; attempt++) { // a busy machine may slow some of them down further
            rate = rate("oflag=direct");
            assertTrue(rate <= 1.2 * LIMIT, "written at " + rate + " bytes a second");
        }
        assertTrue(rate >= 0.8 * LIMIT, "written at " + rate + " bytes a second only");
        assertTrue(driver.stats(target(container)).io().writeBytes().orElseThrow() >= 3 * MIB);
    }

    @Test
    void c26_bufferedWritesAreLimitedToo() throws Exception {
        double rate = rate("conv=fsync");
        assertTrue(rate < 1.4 * LIMIT, "written back at " + rate + " bytes a second");
        assertTrue(driver.stats(target(container)).io().writeBytes().orElseThrow() >= 3 * MIB, "charged to who wrote");
    }
}
