package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.image.Platform;
import java.util.Optional;

/** Platforms as people write them. */
public final class Platforms {
    private Platforms() {}

    /** Reads {@code linux/amd64} or {@code linux/arm64/v8}; empty for anything else. */
    public static Optional<Platform> parse(String text) {
        if (!text.matches("linux/[a-z0-9]{2,12}(/v[0-9])?")) {
            return Optional.empty();
        }
        String[] parts = text.split("/");
        String variant = parts.length > 2 ? parts[2] : parts[1].equals("arm64") ? "v8" : "";
        return Optional.of(new Platform(parts[0], parts[1], variant));
    }
}
