package dev.stowbook.testkit.graph;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.testkit.fault.Faults;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;

/** What the contracts are made of that look at each system call of a graph driver: small layers, and the verbs that make and remove one. */
public abstract class GraphDriverFaultFixture {
    /** The layer below, the one in question, and one that is written to. */
    static final String BASE = "ba5e";

    static final String LAYER = "1a7e";
    static final String WRITABLE = "aa";

    private static final AtomicLong HOMES = new AtomicLong();
    private static final byte[] BASE_TAR = new TarBytes()
            .owner(3, 4).directory("./", 0711).directory("etc/", 0755).file("etc/a", 0644, "a").file("etc/b", 0644, "b").bytes();
    private static final byte[] TOP_TAR = new TarBytes().whiteout("etc/a").file("etc/c", 0644, "c").hardLink("d", "etc/c").bytes();

    @TempDir
    Path scratch;

    /** The driver's directory. */
    Path home;

    /** Opens a new instance that makes its calls through the ones given. */
    protected abstract GraphDriver open(FileCalls files, Path privateDirectory) throws DriverException;

    /** As above, for drivers that make calls of other kinds, too, which are to pass through the faults as well. */
    protected GraphDriver open(Faults faults, Path privateDirectory) throws DriverException {
        return open(faults.between(FileCalls.class, FileCalls.linux()), privateDirectory);
    }

    /** Where the driver's directory is made: on the file system that it is to be tested on. */
    protected Path parentOfHome() {
        return scratch;
    }

    /** Takes the driver's directory away with all in it; for drivers whose layers cannot be removed file by file. */
    protected void removeHome(Path directory) throws Exception {
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, directory.getParent().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(files).remove(parent.number(), directory.getFileName().toString());
        }
    }

    /** What is asked of a driver. */
    interface Verb {
        void run(GraphDriver driver) throws Exception;
    }

    /** A new directory with what a verb needs. Each has a name of its own: a driver that was killed leaves descriptors in this process. */
    void prepareHome(Verb before) throws Exception {
        home = Files.createDirectory(parentOfHome().resolve("home" + HOMES.incrementAndGet()));
        try (GraphDriver driver = open(FileCalls.linux(), home)) {
            before.run(driver);
        }
    }

    static void applyBase(GraphDriver driver) throws DriverException {
        driver.applyDiff(new ApplyDiffRequest(BASE, Optional.empty(), new ByteArrayInputStream(BASE_TAR), "1"));
    }

    /** The base, and a container's changes of it. */
    static void writeOnBase(GraphDriver driver) throws Exception {
        applyBase(driver);
        driver.prepare(new PrepareRequest(WRITABLE, Optional.of(BASE), OptionalLong.empty(), "1"));
        try (Views view = Views.open(driver, WRITABLE)) {
            Files.delete(view.path("etc/a"));
            Files.writeString(view.path("etc/new"), "new");
        }
    }

    static void prepareLayer(GraphDriver driver) throws DriverException {
        driver.prepare(new PrepareRequest(LAYER, Optional.of(BASE), OptionalLong.empty(), "1"));
    }

    static void applyLayer(GraphDriver driver) throws DriverException {
        driver.applyDiff(new ApplyDiffRequest(LAYER, Optional.of(BASE), new ByteArrayInputStream(TOP_TAR), "1"));
    }

    static void commitLayer(GraphDriver driver) throws DriverException {
        driver.commit(new CommitRequest(WRITABLE, LAYER, "1"));
    }

    static Presence presence(GraphDriver driver, String id) throws DriverException {
        return driver.inspect(new LayerTarget(id, "1")).presence();
    }

    /** Without times, which directories written to get anew. */
    static List<String> listing(GraphDriver driver, String id) throws Exception {
        try (Views view = Views.open(driver, id)) {
            return TreeListing.of(view.path("")).stream().map(line -> line.replaceAll("@[0-9.]+", "")).toList();
        }
    }
}
