package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;

/** A store on a directory of its own, with a real driver. */
final class StoreFixture implements AutoCloseable {
    final Path root;
    final GraphDriver driver;
    final ContentStore store;
    private final String driverName;
    private final Random random = new Random(42);

    private StoreFixture(Path root, String driverName, LayerLimits limits) throws Exception {
        this.driverName = driverName;
        this.root = Files.createDirectories(root);
        this.driver = BuiltDrivers.open(driverName, root.resolve("graph"));
        this.store = ContentStore.open(root, driverName, LayerDriver.of(driver), Platform.ofHost(), limits, this::cacheId);
    }

    static StoreFixture open(Path root) throws Exception {
        return new StoreFixture(root, "overlay", LayerLimits.defaults());
    }

    static StoreFixture open(Path root, String driverName, LayerLimits limits) throws Exception {
        return new StoreFixture(root, driverName, limits);
    }

    synchronized String cacheId() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    static LayerBlob blob(byte[] bytes) {
        return new LayerBlob("of the test", Optional.of(Digest.of(bytes)), Optional.of((long) bytes.length), () -> new ByteArrayInputStream(bytes));
    }

    /** A layer as somebody keeps it. */
    StoredLayer keep(byte[] tar, Optional<StoredLayer> below) throws ImageException {
        try (Arrivals arrivals = store.begin()) {
            StoredLayer layer = arrivals.make(blob(tar), below, LayerProgress.none());
            arrivals.registered();
            return layer;
        }
    }

    byte[] tarOf(StoredLayer layer) throws ImageException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.tar(layer, out);
        return out.toByteArray();
    }

    Path layerDb(StoredLayer layer) {
        return root.resolve("image").resolve(driverName).resolve("layerdb/sha256").resolve(layer.chainId().substring(7));
    }

    @Override
    public void close() throws Exception {
        driver.close();
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, root.getParent().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(files).remove(parent.number(), root.getFileName().toString());
        }
    }
}
