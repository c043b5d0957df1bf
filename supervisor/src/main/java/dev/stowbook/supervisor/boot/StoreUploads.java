package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.http.ImageUploads;
import dev.stowbook.supervisor.image.Arrivals;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.ImportOptions;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** What the API uploads, brought into the content store. Workers only. */
final class StoreUploads implements ImageUploads {
    private final ContentStore store;

    StoreUploads(ContentStore store) {
        this.store = store;
    }

    @Override
    public Upload importRootfs(Path tar, String reference) throws UploadRefused, IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(tar))) {
            ImportOptions options = ImportOptions.named(
                    ImageReference.parse(reference), Instant.now().truncatedTo(ChronoUnit.SECONDS));
            return upload(store.importRootfs(in, options, (layer, state, bytes) -> {}), "import");
        } catch (ImageException e) {
            throw new UploadRefused(e.code(), e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new UploadRefused(ErrorCode.INVALID, e.getMessage(), e);
        }
    }

    @Override
    public Upload load(Path tar, Consumer<LayerProgress> progress) throws UploadRefused, IOException {
        try {
            return upload(
                    store.load(tar, (layer, state, bytes) -> progress.accept(new LayerProgress(
                            layer.toString(), state.name().toLowerCase(Locale.ROOT), bytes))),
                    "load");
        } catch (ImageException e) {
            throw new UploadRefused(e.code(), e.getMessage(), e);
        }
    }

    static Upload upload(Arrivals arrivals, String origin) {
        List<ImageCommand.Arrival> entries = arrivals.images().stream()
                .map(one -> new ImageCommand.Arrival(
                        one.image(),
                        one.references().stream().map(ImageReference::toString).toList(),
                        origin))
                .toList();
        return new Upload() {
            @Override
            public List<ImageCommand.Arrival> arrivals() {
                return entries;
            }

            @Override
            public void registered() {
                arrivals.registered();
            }

            @Override
            public void close() {
                arrivals.close();
            }
        };
    }
}
