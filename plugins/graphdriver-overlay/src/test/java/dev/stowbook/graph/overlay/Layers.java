package dev.stowbook.graph.overlay;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.Change;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.TreeListing;
import dev.stowbook.testkit.graph.Views;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A driver on a directory of its own, and what tests ask of it, in few words. */
final class Layers implements AutoCloseable {
    static final FileCalls FILES = FileCalls.linux();

    final Path home;
    final GraphDriver driver;

    Layers(Path scratch, MountCalls mounts) throws Exception {
        home = Files.createDirectory(scratch.resolve("home"));
        driver = OverlayGraphDriver.open(FILES, mounts, home);
    }

    void apply(String id, Optional<String> parent, TarBytes tar) throws DriverException {
        apply(id, parent, tar.bytes());
    }

    void apply(String id, Optional<String> parent, byte[] tar) throws DriverException {
        driver.applyDiff(new ApplyDiffRequest(id, parent, new ByteArrayInputStream(tar), "1"));
    }

    RootfsMount.Overlay prepare(String id, String parent) throws DriverException {
        return (RootfsMount.Overlay)
                driver.prepare(new PrepareRequest(id, Optional.of(parent), OptionalLong.empty(), "1")).mount();
    }

    byte[] diff(String id) throws DriverException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        driver.diff(new DiffRequest(id, tar, "1"));
        return tar.toByteArray();
    }

    /** {@code A /path}, as docker diff writes it. */
    List<String> changes(String id) throws DriverException {
        return driver.changes(new LayerTarget(id, "1")).stream().map(Layers::line).toList();
    }

    private static String line(Change change) {
        return change.kind().name().charAt(0) + " " + change.path();
    }

    List<String> listing(String id) throws Exception {
        try (Views view = Views.open(driver, id)) {
            return TreeListing.of(view.path(""));
        }
    }

    @Override
    public void close() throws Exception {
        driver.close();
        try (Fd parent = FILES.open(LibC.AT_FDCWD, home.getParent().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(FILES).remove(parent.number(), "home");
        }
    }
}
