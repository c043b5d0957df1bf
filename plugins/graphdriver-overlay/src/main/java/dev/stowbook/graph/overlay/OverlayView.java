package dev.stowbook.graph.overlay;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.mount.MountCalls;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Detached overlay mounts (fsopen(2), fsmount(2)): visible to nobody but the holder of their descriptor. */
final class OverlayView {
    private final MountCalls mounts;
    private final OverlayOptionPage page;

    OverlayView(MountCalls mounts, OverlayOptionPage page) {
        this.mounts = mounts;
        this.page = page;
    }

    /** The layers merged, topmost first, nothing to be written. */
    int readOnly(List<String> layers) throws LinuxException {
        if (layers.size() == 1) {
            return clone(layers.getFirst(), MountCalls.MOUNT_ATTR_RDONLY); // overlay without an upper wants two
        }
        return overlay(layers, new LinkedHashMap<>(), MountCalls.MOUNT_ATTR_RDONLY);
    }

    /** The layers merged, topmost first, with an upper directory over them. The keeper mounts containers with the same options. */
    int writable(List<String> lower, String upper, String work) throws LinuxException {
        if (lower.isEmpty()) {
            return clone(upper, 0);
        }
        Map<String, String> options = new LinkedHashMap<>();
        options.put("upperdir", upper);
        options.put("workdir", work);
        options.put("redirect_dir", "on");
        options.put("metacopy", "on");
        options.put("index", "off");
        return overlay(lower, options, 0);
    }

    /** {@code lowerdir+} came with Linux 6.7; before, all lower directories are one option. */
    private int overlay(List<String> lower, Map<String, String> options, long attributes) throws LinuxException {
        List<String> added = new ArrayList<>();
        try (Fd context = mounts.openFileSystem("overlay")) {
            for (String layer : lower) {
                mounts.configure(context, "lowerdir+", layer);
                added.add(layer);
            }
            for (Map.Entry<String, String> option : options.entrySet()) {
                mounts.configure(context, option.getKey(), option.getValue());
            }
            mounts.configure(context, "source", "stowbook");
            mounts.create(context);
            return mounts.mount(context, attributes).release();
        } catch (LinuxException e) {
            if (e.errno() != Errno.EINVAL || !added.isEmpty()) {
                throw e;
            }
        }
        try (Fd mount = page.mount(lower, options)) {
            return readOnly(mount, attributes).release();
        }
    }

    private int clone(String directory, long attributes) throws LinuxException {
        try (Fd tree = mounts.openTree(LibC.AT_FDCWD, directory, MountCalls.OPEN_TREE_CLONE)) {
            return readOnly(tree, attributes).release();
        }
    }

    private Fd readOnly(Fd mount, long attributes) throws LinuxException {
        if (attributes != 0) {
            mounts.setAttributes(mount, attributes);
        }
        return mount;
    }
}
