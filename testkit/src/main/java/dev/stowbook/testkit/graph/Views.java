package dev.stowbook.testkit.graph;

import dev.stowbook.linux.Fd;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import java.nio.file.Path;

/** A layer's merged file system as a path of this process, for as long as it is open. */
public final class Views implements AutoCloseable {
    private final Fd mount;

    private Views(Fd mount) {
        this.mount = mount;
    }

    /** Opens a view of a layer. */
    public static Views open(GraphDriver driver, String layerId) throws DriverException {
        return new Views(Fd.own(driver.view(new LayerTarget(layerId, "test")).mountFd()));
    }

    /** A path in it; no leading slash. */
    public Path path(String inside) {
        return Path.of(mount.procPath()).resolve(inside);
    }

    /** The mount itself. */
    public int fd() {
        return mount.number();
    }

    @Override
    public void close() {
        mount.close();
    }
}
