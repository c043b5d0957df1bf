package dev.stowbook.supervisor.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * SHA-256 digests by file name, and where they are written, for messages.
 *
 * @param source what the operator edits: a file or a section of the configuration
 * @param digests lower-case hex by file name, sorted
 */
record DigestList(String source, Map<String, String> digests) {
    /** The list that the build writes beside the built-in zips, in the format of sha256sum(1). */
    static final String FILE_NAME = "plugins.sha256";

    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64}) [ *]([^/]+)");
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

    static DigestList read(Path file) throws PluginRefused {
        var digests = new TreeMap<String, String>();
        try {
            int number = 0;
            for (String line : Files.readAllLines(file)) {
                number++;
                var match = LINE.matcher(line);
                if (!match.matches()) {
                    throw new PluginRefused(file + " line " + number + " is not '<sha256>  <file name>': build Stowbook again.");
                }
                digests.put(match.group(2), match.group(1).toLowerCase(Locale.ROOT));
            }
        } catch (IOException e) {
            throw new PluginRefused("The digests of the built-in drivers cannot be read from " + file + " (" + e
                    + "): build Stowbook again.", e);
        }
        return new DigestList(file.toString(), digests);
    }

    static DigestList configured(Map<String, String> digests) throws PluginRefused {
        var sorted = new TreeMap<String, String>();
        for (var entry : digests.entrySet()) {
            if (!HEX.matcher(entry.getValue()).matches()) {
                throw new PluginRefused("The digest of plugin " + entry.getKey() + " in the configuration is '" + entry.getValue()
                        + "', not 64 hex digits: write what sha256sum prints.");
            }
            sorted.put(entry.getKey(), entry.getValue().toLowerCase(Locale.ROOT));
        }
        return new DigestList("the configuration", sorted);
    }

    /** @throws PluginRefused naming the file and both digests when the file is not listed or differs */
    void check(Path file, String digest) throws PluginRefused {
        String expected = digests.get(file.getFileName().toString());
        if (expected == null) {
            throw new PluginRefused("Plugin " + file + " with SHA-256 " + digest + " is not loaded: " + source
                    + " does not list it.");
        }
        if (!expected.equals(digest)) {
            throw new PluginRefused("Plugin " + file + " is not loaded: its SHA-256 is " + digest + " but " + source + " says "
                    + expected + ".");
        }
    }
}
