package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Platform;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Chooses of an index what runs best on a platform (OCI image-spec, image-index.md, "Platform Variants"). */
public final class Platforms {
    private static final String FORM = "[a-z0-9]+/[a-z0-9_]+(/[a-z0-9.]+)?";

    private Platforms() {}

    /** Reads {@code os/architecture[/variant]}. @throws IllegalArgumentException with a sentence */
    public static Platform parse(String text) {
        if (!text.matches(FORM)) {
            throw new IllegalArgumentException("\"" + Sentences.printable(text) + "\" is no platform: write it as linux/amd64 or linux/arm64/v8");
        }
        String[] parts = text.split("/");
        return new Platform(parts[0], parts[1], parts.length > 2 ? parts[2] : "");
    }

    /** The best of an index; the first one of equals. Empty if none runs there. */
    static Optional<Descriptor> best(List<Descriptor> offered, Platform wanted) {
        Descriptor best = null;
        for (Descriptor each : offered) {
            if (each.platform().filter(platform -> runs(platform, wanted)).isPresent() && (best == null || level(each) > level(best))) {
                best = each;
            }
        }
        return Optional.ofNullable(best);
    }

    private static boolean runs(Platform offered, Platform wanted) {
        return offered.os().equals(wanted.os())
                && offered.architecture().equals(wanted.architecture())
                && level(offered) <= (wanted.variant().isEmpty() ? unstated(wanted) : level(wanted));
    }

    private static int level(Descriptor descriptor) {
        return descriptor.platform().map(Platforms::level).orElse(0);
    }

    /** A variant is what it says or more: code for v6 runs on v7, not the other way. */
    private static int level(Platform platform) {
        String digits = platform.variant().replaceAll("[^0-9]", "");
        return digits.isEmpty() || digits.length() > 3 ? (platform.variant().isEmpty() ? least(platform) : Integer.MAX_VALUE) : Integer.parseInt(digits);
    }

    /** What a manifest without a variant needs. */
    private static int least(Platform platform) {
        return switch (platform.architecture()) {
            case "amd64" -> 1;
            case "arm64" -> 8;
            case "arm" -> 7;
            case String other -> 0;
        };
    }

    /** What a host is taken for that states no variant: the least of its kind. */
    private static int unstated(Platform wanted) {
        return least(wanted);
    }

    static String list(List<Descriptor> offered) {
        String names = offered.stream()
                .flatMap(each -> each.platform().stream())
                .map(Platform::toString)
                .distinct()
                .limit(20)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "nothing with a platform" : names;
    }
}
