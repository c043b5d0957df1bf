package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a manifest was made for, in Go's words (OCI image-spec, image-index.md, "platform").
 *
 * @param os {@code linux}
 * @param architecture {@code amd64}, {@code arm64}
 * @param variant {@code v8}; may be empty
 */
public record Platform(String os, String architecture, String variant) {

    /** This host's. */
    public static Platform ofHost() {
        return switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> new Platform("linux", "amd64", "");
            case "aarch64" -> new Platform("linux", "arm64", "v8");
            case String other -> new Platform("linux", other, "");
        };
    }

    static Platform of(JsonNode platform) {
        return new Platform(
                platform.path("os").asText(""), platform.path("architecture").asText(""), platform.path("variant").asText(""));
    }

    /** Whether what was made for this runs on a host. */
    boolean fits(Platform host) {
        return os.equals(host.os())
                && architecture.equals(host.architecture())
                && (variant.isEmpty() || host.variant().isEmpty() || variant.equals(host.variant()));
    }

    @Override
    public String toString() {
        return os.isEmpty() && architecture.isEmpty() ? "an unnamed platform" : os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
