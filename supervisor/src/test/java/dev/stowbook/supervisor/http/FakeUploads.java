package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A store that takes anything but what begins with {@code bad}. */
final class FakeUploads implements ImageUploads {
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger registered = new AtomicInteger();

    @Override
    public Upload importRootfs(Path tar, String reference) throws UploadRefused, IOException {
        return upload(Files.readAllBytes(tar), List.of(reference), "import");
    }

    @Override
    public Upload load(Path tar, Consumer<LayerProgress> progress) throws UploadRefused, IOException {
        byte[] bytes = Files.readAllBytes(tar);
        progress.accept(new LayerProgress("sha256:" + digest(bytes), "applying", 0));
        progress.accept(new LayerProgress("sha256:" + digest(bytes), "done", bytes.length));
        return upload(bytes, List.of("loaded:1", "loaded:2"), "load");
    }

    private Upload upload(byte[] bytes, List<String> references, String origin) throws UploadRefused {
        if (new String(bytes, StandardCharsets.UTF_8).startsWith("bad")) {
            throw new UploadRefused("the tar is cut off after " + bytes.length + " bytes");
        }
        open.incrementAndGet();
        return new Upload() {
            @Override
            public List<ImageCommand.Arrival> arrivals() {
                return List.of(new ImageCommand.Arrival(image(bytes), references, origin));
            }

            @Override
            public void registered() {
                registered.incrementAndGet();
            }

            @Override
            public void close() {
                open.decrementAndGet();
            }
        };
    }

    static StoredImage image(byte[] content) {
        String digest = digest(content);
        ImageRun run = new ImageRun(
                List.of("PATH=/bin"), List.of(), List.of("/bin/sh"), Optional.of("/"), Optional.empty(), Optional.of("SIGTERM"),
                List.of("80/tcp"), List.of("/data"), new TreeMap<>(java.util.Map.of("maker", "test")));
        return new StoredImage(
                "sha256:" + digest,
                List.of(new StoredLayer("sha256:" + digest, "sha256:" + digest, digest, content.length)),
                run,
                "amd64",
                "linux",
                Instant.parse("2026-01-01T00:00:00Z"));
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
