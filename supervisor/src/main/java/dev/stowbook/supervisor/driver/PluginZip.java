package dev.stowbook.supervisor.driver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A plugin's zip, read once: the bytes that were checked are the bytes that are unpacked, whatever happens to the file meanwhile.
 */
final class PluginZip {
    private static final long MAX_BYTES = 64L << 20;
    private static final long MAX_UNPACKED_BYTES = 256L << 20;

    /** What the host lends to every driver; a second copy in a zip would be a different class with the same name. */
    private static final List<String> HOST_FOLDERS =
            List.of("dev/stowbook/spi/", "dev/stowbook/linux/", "org/slf4j/", "com/sun/jna/", "org/pf4j/");

    private final Path file;
    private final byte[] bytes;

    private PluginZip(Path file, byte[] bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    static PluginZip read(Path file) throws PluginRefused {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes((int) MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new PluginRefused("Plugin " + file + " is not loaded: it is larger than 64 MiB.");
            }
            return new PluginZip(file, bytes);
        } catch (IOException e) {
            throw new PluginRefused("Plugin " + file + " is not loaded: it cannot be read (" + e + ").", e);
        }
    }

    String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** Writes the zip's files below {@code directory}, which must not exist, after looking through all of them. */
    void unpack(Path directory) throws PluginRefused {
        try {
            Files.createDirectory(directory, PrivateDirectories.OWNER_ONLY);
            long left = MAX_UNPACKED_BYTES;
            int files = 0;
            try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
                for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
                    Path target = inside(directory, entry.getName());
                    if (entry.isDirectory()) {
                        Files.createDirectories(target);
                        continue;
                    }
                    byte[] content = zip.readNBytes((int) left + 1);
                    left -= content.length;
                    if (left < 0) {
                        throw new PluginRefused("Plugin " + file + " is not loaded: unpacked it is larger than 256 MiB.");
                    }
                    refuseHostClasses(entry.getName(), content);
                    Files.createDirectories(target.getParent());
                    Files.write(target, content);
                    files++;
                }
            }
            if (files == 0) {
                throw new PluginRefused("Plugin " + file + " is not loaded: it is not a zip, or a damaged one.");
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new PluginRefused("Plugin " + file + " is not loaded: it is a damaged zip (" + e + ").", e);
        }
    }

    private Path inside(Path directory, String name) throws PluginRefused {
        Path target = directory.resolve(name).normalize();
        if (!target.startsWith(directory) || target.equals(directory)) {
            throw new PluginRefused("Plugin " + file + " is not loaded: its entry '" + name + "' leads out of its directory.");
        }
        return target;
    }

    private void refuseHostClasses(String name, byte[] content) throws IOException, PluginRefused {
        if (name.startsWith("classes/")) {
            refuseHostFolder(name, name.substring("classes/".length()));
        } else if (name.endsWith(".jar")) {
            try (var jar = new ZipInputStream(new ByteArrayInputStream(content))) {
                for (ZipEntry entry; (entry = jar.getNextEntry()) != null; ) {
                    refuseHostFolder(name, entry.getName());
                }
            }
        }
    }

    private void refuseHostFolder(String where, String path) throws PluginRefused {
        String plain = path.startsWith("META-INF/versions/") ? path.replaceFirst("META-INF/versions/[^/]*/", "") : path;
        for (String folder : HOST_FOLDERS) {
            if (plain.startsWith(folder) && plain.endsWith(".class")) {
                throw new PluginRefused("Plugin " + file + " is not loaded: " + where + " bundles " + plain
                        + ", which the host lends to drivers; give that dependency the scope 'provided'.");
            }
        }
    }
}
