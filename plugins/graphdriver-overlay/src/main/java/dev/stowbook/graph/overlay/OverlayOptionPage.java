package dev.stowbook.graph.overlay;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.mount.MountCalls;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Overlay mounts on kernels before 6.7: mount(2), whose options are one page. Paths that fit go in as they are, because mountinfo shows them;
 * otherwise each directory goes by its descriptor's number: four bytes a layer, so that the page holds all 500 that overlay takes.
 */
final class OverlayOptionPage {
    /** mount(2): a page less the NUL; of 4096 bytes, even where pages are larger. */
    private static final int MAX_OPTION_BYTES = 4095;

    private static final List<String> DIRECTORIES = List.of("upperdir", "workdir");

    private final MountCalls mounts;
    private final String target;

    /**
     * @param target a directory that is there; nothing is mounted on it for others to see
     */
    OverlayOptionPage(MountCalls mounts, String target) {
        this.mounts = mounts;
        this.target = target;
    }

    /** Mounts the lower directories, topmost first, with further options. */
    Fd mount(List<String> lower, Map<String, String> options) throws LinuxException {
        String plain = joined(lower, options);
        if (plain.length() <= MAX_OPTION_BYTES && lower.stream().noneMatch(OverlayOptionPage::isAmbiguous)) {
            return mounts.mountByOptions("overlay", List.of(), names -> plain, target);
        }
        List<String> directories = new ArrayList<>(lower);
        DIRECTORIES.stream().filter(options::containsKey).map(options::get).forEach(directories::add);
        return mounts.mountByOptions("overlay", directories, names -> byNumber(names, lower.size(), options), target);
    }

    private static String byNumber(List<String> names, int lower, Map<String, String> options) {
        Map<String, String> named = new LinkedHashMap<>(options);
        int next = lower;
        for (String directory : DIRECTORIES) {
            if (options.containsKey(directory)) {
                named.put(directory, names.get(next++));
            }
        }
        return joined(names.subList(0, lower), named);
    }

    /** All layers lie in one directory, so that one of them speaks for the upper directory as well. */
    private static boolean isAmbiguous(String path) {
        return path.indexOf(',') >= 0 || path.indexOf(':') >= 0 || path.indexOf('\\') >= 0;
    }

    private static String joined(List<String> lower, Map<String, String> options) {
        List<String> words = new ArrayList<>();
        words.add("lowerdir=" + String.join(":", lower));
        options.forEach((name, value) -> words.add(name + "=" + value));
        return String.join(",", words);
    }
}
