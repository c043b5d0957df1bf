package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.LayerWriter;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Images from files: archives, root file systems' tars, directories. Streams are spooled first, side by side. */
final class ImageImports {
    private final ContentStore store;
    private final Path tmp;
    private final Platform host;
    private final LayerLimits limits;

    ImageImports(ContentStore store, Path tmp, Platform host, LayerLimits limits) {
        this.store = store;
        this.tmp = tmp;
        this.host = host;
        this.limits = limits;
    }

    /** What is done to arrivals that nobody has yet: if it fails, they are gone. */
    private interface Filling {
        void fill(Arrivals arrivals) throws IOException, LinuxException, ImageException;
    }

    private Arrivals filled(Filling filling) throws ImageException {
        Arrivals arrivals = store.begin();
        boolean whole = false;
        try {
            StoreWork.guarded(() -> {
                filling.fill(arrivals);
                return true;
            });
            whole = true;
            return arrivals;
        } finally {
            if (!whole) {
                arrivals.close();
            }
        }
    }

    Arrivals importRootfs(InputStream tar, ImportOptions options, LayerProgress progress) throws ImageException {
        return filled(arrivals -> {
            try (Spool spool = Spool.open(tmp)) {
                spool.take(tar, limits);
                importSpooled(arrivals, spool, options, "imported from a tar", progress);
            }
        });
    }

    Arrivals importDirectory(Path rootfs, ImportOptions options, LayerProgress progress) throws ImageException {
        return filled(arrivals -> {
            try (Spool spool = Spool.open(tmp)) {
                writeTar(rootfs, spool.output());
                importSpooled(arrivals, spool, options, "imported from a directory", progress);
            }
        });
    }

    private static void writeTar(Path rootfs, OutputStream out) throws IOException, ImageException {
        FileCalls files = FileCalls.linux();
        try (Fd root = files.open(LibC.AT_FDCWD, RawPath.of(rootfs), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0);
                OutputStream buffered = new BufferedOutputStream(out, 256 * 1024)) {
            LayerWriter writer = new LayerWriter(files, buffered);
            writer.addDirectory(root.number());
            writer.finish();
        } catch (LinuxException e) {
            throw new ImageException(ErrorCode.INVALID, "the directory " + rootfs + " cannot be imported: " + e.getMessage(), e);
        }
    }

    private void importSpooled(Arrivals arrivals, Spool spool, ImportOptions options, String origin, LayerProgress progress)
            throws IOException, ImageException {
        if (spool.size() == 0) {
            throw ImageException.invalid("the tar to import is empty: nothing was sent");
        }
        LayerBlob blob = new LayerBlob(
                "of the imported file system", Optional.empty(), Optional.empty(), () -> spool.part(0, spool.size()));
        StoredLayer layer = arrivals.make(blob, Optional.empty(), progress);
        arrivals.add(GeneratedConfig.of(Digest.parse(layer.diffId()), options, host, origin), options.references());
    }

    Arrivals load(InputStream archive, LayerProgress progress) throws ImageException {
        return filled(arrivals -> {
            try (Spool spool = Spool.open(tmp)) {
                spool.take(archive, limits);
                load(arrivals, Archive.ofTar(spool), progress);
            }
        });
    }

    Arrivals load(Path source, LayerProgress progress) throws ImageException {
        if (!Files.isDirectory(source)) {
            return StoreWork.guarded(() -> {
                try (InputStream in = Files.newInputStream(source)) {
                    return load(in, progress);
                }
            });
        }
        return filled(arrivals -> {
            try (Archive archive = Archive.ofDirectory(source)) {
                load(arrivals, archive, progress);
            }
        });
    }

    private void load(Arrivals arrivals, Archive archive, LayerProgress progress) throws IOException, ImageException {
        for (Staged image : read(archive)) {
            Optional<StoredLayer> below = Optional.empty();
            for (int i = 0; i < image.layers().size(); i++) {
                below = Optional.of(arrivals.take(image.layers().get(i), image.config().diffIds().get(i), below, progress));
            }
            arrivals.add(image.configBytes(), image.references());
        }
    }

    private List<Staged> read(Archive archive) throws IOException, ImageException {
        // docker save writes both kinds at once; only its own has whole names
        if (archive.document(DockerArchive.MANIFEST).isPresent()) {
            return DockerArchive.read(archive);
        }
        if (archive.document(OciLayout.INDEX).isPresent()) {
            return OciLayout.read(archive, host);
        }
        throw ImageException.invalid("this is no image archive: it has neither " + DockerArchive.MANIFEST + " nor " + OciLayout.INDEX
                + "; a root file system's tar is taken in by import");
    }
}
