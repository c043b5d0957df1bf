package dev.stowbook.linux.layer;

import dev.stowbook.linux.file.RawPath;
import java.util.ArrayList;
import java.util.List;

/** Turns a path of a tar into components below the layer's root, or says why it cannot. */
final class EntryPath {
    private static final int MAX_COMPONENTS = 512;

    private EntryPath() {}

    /**
     * Splits a path; a leading slash and {@code .} mean nothing, as for tar(1); the root itself has no components.
     *
     * @throws LayerException for {@code ..}, NUL, and names or depths that no file system takes
     */
    static List<String> components(String path, TarEntry entry) throws LayerException {
        if (path.length() > RawPath.MAX_PATH_BYTES) {
            throw refused(entry, "has a path of " + path.length() + " bytes, more than the kernel's " + RawPath.MAX_PATH_BYTES);
        }
        if (path.indexOf('\0') >= 0) {
            throw refused(entry, "has a NUL byte in its path");
        }
        List<String> components = new ArrayList<>();
        for (String component : path.split("/")) {
            if (component.isEmpty() || component.equals(".")) {
                continue;
            }
            if (component.equals("..")) {
                throw refused(entry, "has \"..\" in the path \"" + RawPath.display(path) + "\" and could leave its place");
            }
            if (component.length() > RawPath.MAX_NAME_BYTES) {
                throw refused(entry, "has a name of " + component.length() + " bytes, more than the kernel's "
                        + RawPath.MAX_NAME_BYTES);
            }
            components.add(component);
        }
        if (components.size() > MAX_COMPONENTS) {
            throw refused(entry, "lies " + components.size() + " directories deep, more than the " + MAX_COMPONENTS + " allowed");
        }
        return components;
    }

    static LayerException refused(TarEntry entry, String why) {
        return new LayerException("the tar's entry " + entry.display() + " " + why + ": refused");
    }
}
