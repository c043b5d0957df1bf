package dev.stowbook.linux.file;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Paths as the kernel has them: bytes without an encoding. A <em>raw path</em> is a String each of whose characters is one byte
 * (ISO 8859-1), so that every name survives, sorts by its bytes and can be a map's key. {@link #display} is for messages.
 */
public final class RawPath {
    /** The longest path a system call takes, without its NUL (limits.h, PATH_MAX). */
    public static final int MAX_PATH_BYTES = 4095;

    /** The longest name of one file (limits.h, NAME_MAX). */
    public static final int MAX_NAME_BYTES = 255;

    private RawPath() {}

    /** A Java path as a raw path, in UTF-8. */
    public static String of(Path path) {
        return ofText(path.toString());
    }

    /** Text as a raw path, in UTF-8. */
    public static String ofText(String text) {
        return ofBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes as a raw path. */
    public static String ofBytes(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The bytes of a raw path. */
    public static byte[] bytes(String raw) {
        return raw.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** For people: decoded as UTF-8, control characters made visible, long ones shortened. */
    public static String display(String raw) {
        String text = new String(bytes(raw), StandardCharsets.UTF_8);
        StringBuilder shown = new StringBuilder();
        text.chars().limit(200).forEach(c -> shown.append(Character.isISOControl(c) ? '?' : (char) c));
        return text.length() > 200 ? shown + "... (" + raw.length() + " bytes)" : shown.toString();
    }

    /** A directory's raw path and a name in it; the directory may be empty, meaning the root of whatever is walked. */
    public static String join(String directory, String name) {
        return directory.isEmpty() ? name : directory + "/" + name;
    }

    /** All but the last component; empty if there is one only. */
    public static String parent(String raw) {
        int slash = raw.lastIndexOf('/');
        return slash < 0 ? "" : raw.substring(0, slash);
    }

    /** The last component. */
    public static String name(String raw) {
        return raw.substring(raw.lastIndexOf('/') + 1);
    }

    /** The bytes with the NUL that ends them for the kernel. */
    static byte[] terminated(String raw) {
        byte[] bytes = new byte[raw.length() + 1];
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == 0 || c > 255) {
                throw new IllegalArgumentException("not a raw path: " + display(raw));
            }
            bytes[i] = (byte) c;
        }
        return bytes;
    }
}
