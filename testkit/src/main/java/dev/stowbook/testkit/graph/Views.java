package dev.stowbook.testkit.graph;

import dev.stowbook.linux.Fd;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.testkit.Self;
import dev.stowbook.testkit.TestNames;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A layer's merged file system as a path of this process, for as long as it is open. Only root can make the mount that {@code view} answers
 * with; without root it is the directory of the writable layer, or of one that is prepared on the read-only layer and removed again.
 */
public final class Views implements AutoCloseable {
    private final Path root;
    private final Closing closing;

    private interface Closing {
        void run() throws DriverException;
    }

    private Views(Path root, Closing closing) {
        this.root = root;
        this.closing = closing;
    }

    /** Opens a view of a layer. */
    public static Views open(GraphDriver driver, String layerId) throws DriverException {
        if (Self.isRoot()) {
            Fd mount = Fd.own(driver.view(new LayerTarget(layerId, "test")).mountFd());
            return new Views(Path.of(mount.procPath()), mount::close);
        }
        if (driver.list().stream().filter(layer -> layer.layerId().equals(layerId)).anyMatch(LayerEntry::writable)) {
            return new Views(directory(driver.mounts(new LayerTarget(layerId, "test"))), () -> {});
        }
        LayerTarget above = new LayerTarget(TestNames.id(), "test");
        RootfsMount made = driver.prepare(new PrepareRequest(above.layerId(), Optional.of(layerId), OptionalLong.empty(), "test")).mount();
        return new Views(directory(made), () -> driver.remove(above));
    }

    private static Path directory(RootfsMount rootfs) {
        return switch (rootfs) {
            case RootfsMount.Directory directory -> directory.directory();
            case RootfsMount.Overlay overlay -> throw new AssertionError("an overlay is mounted by root alone; mark the test with @RequiresRoot");
        };
    }

    /** A path in it; no leading slash. */
    public Path path(String inside) {
        return root.resolve(inside);
    }

    @Override
    public void close() throws DriverException {
        closing.run();
    }
}
