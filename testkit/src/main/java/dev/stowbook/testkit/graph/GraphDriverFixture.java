package dev.stowbook.testkit.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.RootfsMount;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the contracts of graph drivers are made of: a directory for the driver, a new instance for each test, and in the end a check that no
 * mount is left on the host.
 *
 * <p>Without root all of it runs for a driver whose layers are directories, in files of the user's own ({@link TarBytes}, {@link Views}); tests
 * of what only root can do are skipped. A driver that cannot do without mounts marks its classes with
 * {@link dev.stowbook.testkit.RequiresRoot}.
 */
public abstract class GraphDriverFixture {
    /** The layers' ids: any hex digits. */
    protected static final String BASE = "ba5e".repeat(16);
    protected static final String TOP = "70b0".repeat(16);
    protected static final String WRITABLE = "ab".repeat(32);
    protected static final String OTHER = "0123456789abcdef";

    /** Everything of a test lies below. */
    @TempDir
    protected Path scratch;

    /** The driver's own directory. */
    protected Path home;
    /** What a new driver instance opened last. */
    protected GraphDriver driver;

    private List<MountInfo> mountsBefore;

    /** Opens a new instance on a directory that may hold layers of an earlier one. */
    protected abstract GraphDriver open(Path privateDirectory) throws DriverException;

    /** Where the driver's directory is made: on the file system that it is to be tested on. */
    protected Path parentOfHome() {
        return scratch;
    }

    /** Takes the driver's directory away with all in it; for drivers whose layers cannot be removed file by file. */
    protected void removeHome() throws Exception {
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, home.getParent().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(files).remove(parent.number(), home.getFileName().toString());
        }
    }

    @BeforeEach
    void openDriver() throws Exception {
        mountsBefore = ownMounts();
        home = Files.createDirectory(parentOfHome().resolve("home"), PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rwx------")));
        driver = open(home);
    }

    @AfterEach
    void leaveNoMountBehind() throws Exception {
        driver.close();
        assertEquals(mountsBefore, ownMounts(), "a graph driver leaves no mount on the host");
        removeHome();
    }

    private List<MountInfo> ownMounts() throws IOException {
        return MountInfo.ofSelf().stream()
                .filter(mount -> mount.target().startsWith(scratch.toString())
                        || mount.superOptions().stream().anyMatch(option -> option.contains(scratch.toString())))
                .toList();
    }

    // ---- what tests are made of

    /** Applies a tar as a read-only layer. */
    protected AppliedDiff apply(String id, Optional<String> parent, TarBytes tar) throws DriverException {
        return driver.applyDiff(new ApplyDiffRequest(id, parent, new ByteArrayInputStream(tar.bytes()), "1/apply"));
    }

    /** Makes a writable layer. */
    protected RootfsMount prepare(String id, Optional<String> parent) throws DriverException {
        return driver.prepare(new PrepareRequest(id, parent, OptionalLong.empty(), "1/prepare")).mount();
    }

    protected static LayerTarget target(String id) {
        return new LayerTarget(id, "1/test");
    }

    protected Presence presence(String id) throws DriverException {
        return driver.inspect(target(id)).presence();
    }

    protected byte[] diff(String id) throws DriverException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        driver.diff(new DiffRequest(id, tar, "1/diff"));
        return tar.toByteArray();
    }

    /** The listing of a layer's merged view. */
    protected List<String> listing(String id) throws Exception {
        try (Views view = Views.open(driver, id)) {
            return TreeListing.of(view.path(""));
        }
    }

    /** The paths of a layer's merged view. */
    protected List<String> paths(String id) throws Exception {
        return listing(id).stream().map(line -> line.substring(0, line.indexOf(' '))).toList();
    }

    /** As {@link TarBytes#owned}. */
    protected static String owned(int uid, int gid) {
        return TarBytes.owned(uid, gid);
    }

    /** A base with a bit of everything. */
    protected static TarBytes base() {
        return new TarBytes()
                .directory("./", 0755)
                .directory("etc/", 0755)
                .file("etc/passwd", 0644, "root:x:0:0::/:/bin/sh\n")
                .file("etc/hosts", 0644, "127.0.0.1 localhost\n")
                .directory("var/", 0755)
                .directory("var/lib/", 0711)
                .file("var/lib/one", 0600, "1")
                .file("var/lib/two", 0600, "2")
                .directory("tmp/", 01777)
                .directory("bin/", 0755)
                .file("bin/sh", 0755, "#!")
                .symlink("sbin", "bin");
    }

    /** The code that a verb fails with. */
    protected static DriverErrorCode failure(Executable verb) {
        return assertThrows(DriverException.class, verb).code();
    }
}
