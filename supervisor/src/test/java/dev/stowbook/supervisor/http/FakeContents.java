package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Container;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A store whose tars are the names of what is in them; one named {@code broken} breaks off after a megabyte. */
final class FakeContents implements ImageContents {
    @Override
    public void save(List<Named> images, boolean docker, OutputStream out) throws IOException, ImageUploads.UploadRefused {
        for (Named named : images) {
            out.write((named.image().id() + " " + named.references() + " " + docker).getBytes(StandardCharsets.UTF_8));
            if (named.references().contains("broken:latest")) {
                out.write(new byte[1 << 20]);
                throw new ImageUploads.UploadRefused("a layer is damaged");
            }
        }
    }

    @Override
    public byte[] configuration(String image) {
        return "{\"history\": [{\"created\":\"2026-01-01T00:00:00Z\",\"created_by\":\"base\"},{\"created_by\":\"env\",\"empty_layer\":true}]}"
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void export(Container container, OutputStream out) throws IOException {
        out.write(container.definition().layerId().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public ImageUploads.Upload commit(StoredImage image, Container container, Commit commit) throws ImageUploads.UploadRefused {
        if (commit.changes().contains("BAD")) {
            throw new ImageUploads.UploadRefused("--change:2: BAD is no instruction");
        }
        StoredImage made = FakeUploads.image(commit.toString().getBytes(StandardCharsets.UTF_8));
        return new ImageUploads.Upload() {
            @Override
            public List<ImageCommand.Arrival> arrivals() {
                return List.of(new ImageCommand.Arrival(made, commit.reference().isEmpty() ? List.of() : List.of(commit.reference()), "commit"));
            }

            @Override
            public void registered() {}

            @Override
            public void close() {}
        };
    }
}
