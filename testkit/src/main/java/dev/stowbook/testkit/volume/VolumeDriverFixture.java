package dev.stowbook.testkit.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.volume.CreateVolumeRequest;
import dev.stowbook.spi.volume.MountVolumeRequest;
import dev.stowbook.spi.volume.VolumeCapability;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.spi.volume.VolumeTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Opens volume drivers on directories of a test's own, and sees to it that nothing is left of them. */
public abstract class VolumeDriverFixture {
    /** Names and users of the tests. */
    protected static final String DATA = "stowbook-test-data";

    protected static final String OTHER = "stowbook-test-other.1";
    protected static final String USER = "ab".repeat(32);
    protected static final String SECOND_USER = "cd".repeat(32);

    /** Everything of a test lies below. */
    @TempDir
    protected Path scratch;

    /** The driver's two directories. */
    protected Path home;

    protected Path run;

    private List<MountInfo> mountsBefore;

    /** Opens a new instance on directories that may hold volumes and users of an earlier one. */
    protected abstract VolumeDriver open(FileCalls files, MountCalls mounts, Path privateDirectory, Path runDirectory)
            throws DriverException;

    /** What the driver's provider says it can do; what is missing must be answered with UNSUPPORTED. */
    protected Set<VolumeCapability> capabilities() {
        return Set.of(VolumeCapability.values());
    }

    /** Options of the volumes that the contract makes. */
    protected SortedMap<String, String> options() {
        return new TreeMap<>();
    }

    /** As {@link #open(FileCalls, MountCalls, Path, Path)}, on the running kernel. */
    protected final VolumeDriver open() throws DriverException {
        return open(FileCalls.linux(), MountCalls.linux(), home, run);
    }

    @BeforeEach
    final void makeDirectories() throws Exception {
        mountsBefore = ownMounts();
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        home = Files.createDirectory(scratch.resolve("home"), ownerOnly);
        run = Files.createDirectory(scratch.resolve("run"), ownerOnly);
    }

    @AfterEach
    final void nothingIsLeft() throws Exception {
        List<MountInfo> left = ownMounts();
        for (MountInfo mount : left.reversed()) {
            MountCalls.linux().unmount(mount.target(), MountCalls.MNT_DETACH);
        }
        clear();
        assertEquals(mountsBefore, left, "a volume driver leaves no mount without a user");
    }

    /** Removes both directories with all in them. */
    protected final void clear() throws Exception {
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(files).remove(parent.number(), "home");
            new Trees(files).remove(parent.number(), "run");
        }
    }

    /** Mounts below the test's directory, as the kernel lists them. */
    protected final List<MountInfo> ownMounts() throws IOException {
        return MountInfo.ofSelf().stream().filter(mount -> mount.target().startsWith(scratch + "/")).toList();
    }

    protected final CreateVolumeRequest creation(String volume) {
        return new CreateVolumeRequest(volume, options(), OptionalLong.empty(), "1/create");
    }

    protected static MountVolumeRequest use(String volume, String user) {
        return new MountVolumeRequest(volume, user, "1/mount");
    }

    protected static VolumeTarget target(String volume) {
        return new VolumeTarget(volume, "1/test");
    }

    protected static Presence presence(VolumeDriver driver, String volume) throws DriverException {
        return driver.inspect(target(volume)).presence();
    }

    protected static DriverErrorCode failure(Executable verb) {
        return assertThrows(DriverException.class, verb).code();
    }
}
