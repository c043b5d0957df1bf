package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Files whose modification inotify(7) shows, each with what to do then. Guarded by the lock of {@link GroupEvents}. */
final class ModifiedFiles {
    private static final int HEADER_BYTES = 16;
    private static final int BUFFER_BYTES = 4096;

    private final Fd inotify;
    private final Map<Integer, Runnable> tasks = new HashMap<>();

    private ModifiedFiles(Fd inotify) {
        this.inotify = inotify;
    }

    static ModifiedFiles open() {
        return new ModifiedFiles(Fd.own(CgroupNative.inotify_init1(CgroupNative.IN_CLOEXEC | CgroupNative.IN_NONBLOCK)));
    }

    Fd descriptor() {
        return inotify;
    }

    /** @return the watch's number */
    int add(Path file, Runnable task) throws LinuxException {
        try {
            int watch = CgroupNative.inotify_add_watch(inotify.number(), file.toString(), CgroupNative.IN_MODIFY);
            tasks.put(watch, task);
            return watch;
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "inotify_add_watch", file.toString());
        }
    }

    void remove(int watch, Runnable task) {
        if (!tasks.remove(watch, task)) {
            return;
        }
        try {
            CgroupNative.inotify_rm_watch(inotify.number(), watch);
        } catch (LastErrorException e) {
            if (e.getErrorCode() != Errno.EINVAL) {
                throw e;
            }
            // The kernel had ended the watch with its file.
        }
    }

    /**
     * Adds the tasks of the files that were modified, each once.
     *
     * <p>SAFETY: read(2) of inotify returns whole structs: int wd, uint32 mask, cookie, len, then len bytes of name.
     */
    void collect(List<Runnable> due) {
        byte[] bytes = new byte[BUFFER_BYTES];
        int length;
        try {
            length = (int) LibC.read(inotify.number(), bytes, bytes.length);
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.EAGAIN) {
                return;
            }
            throw e;
        }
        var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        for (int at = 0; at < length; at += HEADER_BYTES + buffer.getInt(at + 12)) {
            Runnable task = tasks.get(buffer.getInt(at));
            if (task != null && !due.contains(task)) {
                due.add(task);
            }
        }
    }

    void close() {
        tasks.clear();
        inotify.close();
    }
}
