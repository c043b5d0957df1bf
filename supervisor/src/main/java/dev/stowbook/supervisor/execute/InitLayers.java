package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarWriter;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.PreparedLayer;
import dev.stowbook.supervisor.model.InitLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Prepares containers' layers on {@link InitLayer}s, and makes those when the first container of an image asks. Called on the driver's workers.
 */
final class InitLayers {
    /** What the keeper mounts on in every container. */
    private static final Map<String, TarEntry.Kind> STUBS = Collections.unmodifiableMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        {
            put("dev", TarEntry.Kind.DIRECTORY);
            put("proc", TarEntry.Kind.DIRECTORY);
            put("sys", TarEntry.Kind.DIRECTORY);
            put("etc", TarEntry.Kind.DIRECTORY);
            put("etc/hosts", TarEntry.Kind.FILE);
            put("etc/hostname", TarEntry.Kind.FILE);
            put("etc/resolv.conf", TarEntry.Kind.FILE);
        }
    });

    private final FileCalls files = FileCalls.linux();
    private final Map<String, Object> making = new ConcurrentHashMap<>();

    /** Prepares a container's layer; nothing but that, unless it is the first on its image's topmost layer. */
    PreparedLayer prepare(GraphDriver driver, PrepareRequest request) throws DriverException {
        if (request.parentId().isEmpty()) {
            return driver.prepare(request);
        }
        String parent = request.parentId().get();
        String init = InitLayer.on(parent);
        PrepareRequest onInit = new PrepareRequest(request.layerId(), Optional.of(init), request.quotaBytes(), request.operationId());
        try {
            return driver.prepare(onInit);
        } catch (DriverException e) {
            if (e.code() != DriverErrorCode.NOT_FOUND) {
                throw e;
            }
        }
        synchronized (making.computeIfAbsent(init, id -> new Object())) {
            driver.applyDiff(new ApplyDiffRequest(
                    init, Optional.of(parent), new ByteArrayInputStream(missing(driver, parent)), request.operationId()));
            making.remove(init);
        }
        return driver.prepare(onInit);
    }

    /** The tar of those that the image lacks. */
    private byte[] missing(GraphDriver driver, String parent) throws DriverException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Fd root = Fd.own(driver.view(new LayerTarget(parent, "init")).mountFd())) {
            TarWriter tar = new TarWriter(bytes);
            for (Map.Entry<String, TarEntry.Kind> stub : STUBS.entrySet()) {
                if (isMissing(root, stub.getKey())) {
                    int permissions = stub.getValue() == TarEntry.Kind.DIRECTORY ? 0755 : 0644;
                    tar.begin(new TarEntry(
                            stub.getKey(), stub.getValue(), permissions, 0, 0, 0, 0, 0, "", 0, 0, Collections.unmodifiableSortedMap(new TreeMap<>())));
                }
            }
            tar.finish();
            return bytes.toByteArray();
        } catch (LinuxException e) {
            throw new DriverException(DriverErrorCode.IO, e.errno(), "init", parent, e.getMessage(), e);
        } catch (IOException e) {
            throw new AssertionError("memory takes every byte", e);
        }
    }

    /** A link counts as there, wherever it leads; where something else than a directory is on the way, nothing can be made. */
    private boolean isMissing(Fd root, String path) throws LinuxException {
        try {
            files.open(root.number(), path, LibC.O_PATH, 0, FileCalls.RESOLVE_IN_ROOT | FileCalls.RESOLVE_NO_MAGICLINKS).close();
            return false;
        } catch (LinuxException e) {
            return switch (e.errno()) {
                case Errno.ENOENT -> true;
                case Errno.ENOTDIR, Errno.ELOOP -> false;
                default -> throw e;
            };
        }
    }
}
