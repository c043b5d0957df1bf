package dev.stowbook.supervisor.image;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What people call an image: {@code [registry[:port]/]path[:tag][@digest]}, as Docker reads it (distribution/reference, grammar in
 * reference.go). Short names stay as given: {@code busybox} is {@code busybox:latest}; {@link #canonical} says where Docker would look.
 *
 * @param name registry and path
 * @param tag absent only beside a digest
 * @param digest of the manifest
 */
public record ImageReference(String name, Optional<String> tag, Optional<Digest> digest) {
    private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    private static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
    private static final String LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    private static final Pattern REGISTRY =
            Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?");
    private static final Pattern TAG = Pattern.compile("[\\w][\\w.-]{0,127}");
    private static final int MAX_NAME_LENGTH = 255;
    private static final String HUB = "docker.io";

    /** Parses a reference; without tag and digest it gets the tag {@code latest}. @throws IllegalArgumentException with a sentence */
    public static ImageReference parse(String text) {
        String rest = text;
        Optional<Digest> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(Digest.parse(rest.substring(at + 1)));
            rest = rest.substring(0, at);
        }
        Optional<String> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(rest.substring(colon + 1));
            rest = rest.substring(0, colon);
            if (!TAG.matcher(tag.get()).matches()) {
                throw refused(text, "its tag must be 1 to 128 letters, digits, \"_\", \".\" and \"-\"");
            }
        }
        if (tag.isEmpty() && digest.isEmpty()) {
            tag = Optional.of("latest");
        }
        checkName(text, rest);
        return new ImageReference(rest, tag, digest);
    }

    private static void checkName(String text, String name) {
        if (name.isEmpty()) {
            throw refused(text, "it has no name");
        }
        if (name.length() > MAX_NAME_LENGTH) {
            throw refused(text, "its name is longer than " + MAX_NAME_LENGTH + " characters");
        }
        if (name.matches("[0-9a-f]{64}")) {
            throw refused(text, "64 hex digits are an id");
        }
        String path = name;
        if (hasRegistry(name)) {
            String registry = name.substring(0, name.indexOf('/'));
            path = name.substring(registry.length() + 1);
            if (!REGISTRY.matcher(registry).matches()) {
                throw refused(text, "\"" + registry + "\" is no host name with an optional port");
            }
        }
        if (!PATH.matcher(path).matches()) {
            throw refused(text, path.equals(path.toLowerCase(Locale.ROOT))
                    ? "a name is made of lower-case letters and digits, with \".\", \"_\" or \"-\" between them, in parts joined by \"/\""
                    : "a name must be lower case");
        }
    }

    private static IllegalArgumentException refused(String text, String why) {
        return new IllegalArgumentException(
                "\"" + (text.length() > 80 ? text.substring(0, 80) + "..." : text) + "\" is no image reference: " + why);
    }

    /** The first part is a registry if it looks like a host: it has a dot, a port, upper case, or is {@code localhost}. */
    private static boolean hasRegistry(String name) {
        int slash = name.indexOf('/');
        if (slash < 0) {
            return false;
        }
        String first = name.substring(0, slash);
        return first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
    }

    /** With the registry and path that Docker takes for a short name: {@code busybox} is {@code docker.io/library/busybox}. */
    public ImageReference canonical() {
        String full = hasRegistry(name) ? name : HUB + "/" + name;
        if (full.startsWith("index." + HUB + "/")) {
            full = full.substring("index.".length());
        }
        if (full.startsWith(HUB + "/") && full.indexOf('/', HUB.length() + 1) < 0) {
            full = HUB + "/library/" + full.substring(HUB.length() + 1);
        }
        return new ImageReference(full, tag, digest);
    }

    @Override
    public String toString() {
        return name + tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
    }
}
