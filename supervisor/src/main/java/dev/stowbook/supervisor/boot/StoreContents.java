package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.build.CommitChanges;
import dev.stowbook.supervisor.build.DockerfileException;
import dev.stowbook.supervisor.http.ImageContents;
import dev.stowbook.supervisor.http.ImageUploads;
import dev.stowbook.supervisor.http.ImageUploads.UploadRefused;
import dev.stowbook.supervisor.image.Arrivals;
import dev.stowbook.supervisor.image.ChainId;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Container;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** The content store as the API shows it. Workers only. */
final class StoreContents implements ImageContents {
    private final ContentStore store;

    StoreContents(ContentStore store) {
        this.store = store;
    }

    @Override
    public void save(List<Named> images, boolean docker, OutputStream out) throws UploadRefused {
        try {
            store.save(
                    images.stream()
                            .map(named -> new Arrivals.Arrived(
                                    named.image(), named.references().stream().map(ImageReference::parse).toList()))
                            .toList(),
                    docker,
                    out);
        } catch (ImageException e) {
            throw refused(e);
        }
    }

    @Override
    public byte[] configuration(String image) throws UploadRefused {
        try {
            return store.configuration(Digest.parse(image)).orElseThrow(() -> new ImageException(
                    ErrorCode.INTERNAL, "the configuration of image " + image + " is lost: see 'stowbook fsck'"));
        } catch (ImageException e) {
            throw refused(e);
        }
    }

    @Override
    public void export(Container container, OutputStream out) throws UploadRefused {
        try {
            store.exportFrozen(container.definition().layerId(), out);
        } catch (ImageException e) {
            throw refused(e);
        }
    }

    @Override
    public ImageUploads.Upload commit(StoredImage image, Container container, Commit commit) throws UploadRefused, IOException {
        Arrivals arrivals = store.begin();
        boolean whole = false;
        try {
            List<ImageReference> references =
                    commit.reference().isEmpty() ? List.of() : List.of(ImageReference.parse(commit.reference()));
            CommitChanges.Commit unchecked = document(container, commit, "sha256:" + "0".repeat(64));
            byte[] base = configuration(image.id());
            CommitChanges.apply(base, unchecked); // a wrong change is told before anything is copied
            for (StoredLayer layer : image.layers()) {
                arrivals.find(ChainId.parse(layer.chainId()));
            }
            Optional<StoredLayer> below = image.layers().isEmpty() ? Optional.empty() : Optional.of(image.layers().getLast());
            StoredLayer layer = arrivals.freeze(container.definition().layerId(), below);
            arrivals.add(CommitChanges.apply(base, document(container, commit, layer.diffId())), references);
            whole = true;
            return StoreUploads.upload(arrivals, "commit");
        } catch (ImageException e) {
            throw refused(e);
        } catch (DockerfileException | IllegalArgumentException e) {
            throw new UploadRefused(ErrorCode.INVALID, e.getMessage(), e);
        } finally {
            if (!whole) {
                arrivals.close();
            }
        }
    }

    private static CommitChanges.Commit document(Container container, Commit commit, String diffId) {
        return new CommitChanges.Commit(
                commit.author(),
                commit.message(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(),
                String.join(" ", container.definition().process().argv()),
                diffId,
                commit.changes());
    }

    private static UploadRefused refused(ImageException e) {
        return new UploadRefused(e.code(), e.getMessage(), e);
    }
}
