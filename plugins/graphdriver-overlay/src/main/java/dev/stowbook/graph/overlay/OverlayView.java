package dev.stowbook.graph.overlay;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import java.util.ArrayList;
import java.util.List;

/** Detached overlay mounts (fsopen(2), fsmount(2)): visible to nobody but the holder of their descriptor. */
final class OverlayView {
    private static final int DIRECTORY = LibC.O_PATH | LibC.O_DIRECTORY;
    /** What fsconfig(2) takes as one string, with its NUL. */
    private static final int MAX_FSCONFIG_STRING = 256;

    private final FileCalls files;
    private final MountCalls mounts;

    OverlayView(FileCalls files, MountCalls mounts) {
        this.files = files;
        this.mounts = mounts;
    }

    /** The layers merged, topmost first, nothing to be written. */
    int readOnly(List<String> layers) throws LinuxException {
        if (layers.size() == 1) {
            return clone(layers.getFirst(), MountCalls.MOUNT_ATTR_RDONLY); // overlay without an upper wants two
        }
        try (Fd context = mounts.openFileSystem("overlay")) {
            setLower(context, layers);
            return finish(context, MountCalls.MOUNT_ATTR_RDONLY);
        }
    }

    /** The layers merged, topmost first, with an upper directory over them. */
    int writable(List<String> lower, String upper, String work) throws LinuxException {
        if (lower.isEmpty()) {
            return clone(upper, 0);
        }
        try (Fd context = mounts.openFileSystem("overlay")) {
            setLower(context, lower);
            mounts.configure(context, "upperdir", upper);
            mounts.configure(context, "workdir", work);
            // Layers are exported as tars, which know neither of these.
            mounts.configure(context, "redirect_dir", "off");
            mounts.configure(context, "metacopy", "off");
            return finish(context, 0);
        }
    }

    private int finish(Fd context, long attributes) throws LinuxException {
        mounts.configure(context, "source", "stowbook");
        mounts.create(context);
        return mounts.mount(context, attributes).release();
    }

    private int clone(String directory, long attributes) throws LinuxException {
        try (Fd tree = mounts.openTree(LibC.AT_FDCWD, directory, MountCalls.OPEN_TREE_CLONE)) {
            if (attributes != 0) {
                mounts.setAttributes(tree, attributes);
            }
            return tree.release();
        }
    }

    /** {@code lowerdir+} came with Linux 6.7; before, all lower directories are one string of at most 255 bytes. */
    private void setLower(Fd context, List<String> lower) throws LinuxException {
        try {
            for (String layer : lower) {
                mounts.configure(context, "lowerdir+", layer);
            }
        } catch (LinuxException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            setLowerAsOneString(context, lower);
        }
    }

    private void setLowerAsOneString(Fd context, List<String> lower) throws LinuxException {
        List<Fd> open = new ArrayList<>();
        try {
            List<String> names = new ArrayList<>();
            for (String layer : lower) {
                Fd directory = files.open(LibC.AT_FDCWD, layer, DIRECTORY, 0, FileCalls.RESOLVE_NO_MAGICLINKS);
                open.add(directory);
                names.add(directory.procPath());
            }
            String joined = String.join(":", names);
            if (joined.length() >= MAX_FSCONFIG_STRING) {
                throw new LinuxException(Errno.E2BIG, "fsconfig lowerdir",
                        lower.size() + " layers, more than a kernel before 6.7 takes in a detached mount");
            }
            mounts.configure(context, "lowerdir", joined);
        } finally {
            open.forEach(Fd::close);
        }
    }
}
