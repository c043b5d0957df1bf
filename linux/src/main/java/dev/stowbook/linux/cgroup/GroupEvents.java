package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Arch;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Tells of out-of-memory conditions (v1: an eventfd registered through {@code cgroup.event_control}, memory.rst 10) and of modified
 * event files (both versions: {@code memory.events}, {@code pids.events}, {@code cgroup.events} generate a file modified event,
 * which inotify(7) shows). One thread waits in epoll(7) for any number of groups; tasks run on it, one after the other, and must
 * not block.
 *
 * <p>Methods may be called from any thread. {@link #close} ends the thread and closes all descriptors; groups stay.
 */
public final class GroupEvents implements AutoCloseable {
    private static final long WAKE = 0;
    private static final long INOTIFY = 1;
    private static final int EVENT_BYTES = Arch.isAarch64() ? 16 : 12;
    private static final int DATA_OFFSET = Arch.isAarch64() ? 8 : 4;
    private static final int MAX_EVENTS = 64;
    private static final int INOTIFY_HEADER_BYTES = 16;

    private final Object lock = new Object();
    private final Fd epoll;
    private final Fd wake;
    private final Fd inotify;
    private final Map<Long, OomEntry> oomEntries = new HashMap<>();
    private final Map<Integer, Runnable> files = new HashMap<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>((a, b) -> Long.compare(a.atNanos - b.atNanos, 0));
    private final Thread thread;
    private long nextKey = 2;
    private boolean closed;

    private record OomEntry(Fd eventFd, Runnable task) {}

    private record Timer(long atNanos, Runnable task) {}

    /** Ends one registration. */
    public interface Registration {
        /** Idempotent; a task that is running is not waited for. */
        void end();
    }

    private GroupEvents(Fd epoll, Fd wake, Fd inotify, String threadName) {
        this.epoll = epoll;
        this.wake = wake;
        this.inotify = inotify;
        this.thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::run);
    }

    /** Opens the descriptors and starts the thread. */
    public static GroupEvents open(String threadName) throws LinuxException {
        Fd epoll = null;
        Fd wake = null;
        Fd inotify = null;
        try {
            epoll = Fd.own(CgroupNative.epoll_create1(CgroupNative.EPOLL_CLOEXEC));
            wake = Fd.own(CgroupNative.eventfd(0, CgroupNative.EFD_CLOEXEC | CgroupNative.EFD_NONBLOCK));
            inotify = Fd.own(CgroupNative.inotify_init1(CgroupNative.IN_CLOEXEC | CgroupNative.IN_NONBLOCK));
            add(epoll, wake, WAKE);
            add(epoll, inotify, INOTIFY);
            var events = new GroupEvents(epoll, wake, inotify, threadName);
            events.thread.start();
            return events;
        } catch (LastErrorException e) {
            for (Fd fd : new Fd[] {epoll, wake, inotify}) {
                if (fd != null) {
                    fd.close();
                }
            }
            throw new LinuxException(e.getErrorCode(), "epoll_create1, eventfd, inotify_init1", threadName);
        }
    }

    private static void add(Fd epoll, Fd fd, long key) {
        byte[] event = new byte[EVENT_BYTES];
        ByteBuffer.wrap(event).order(ByteOrder.nativeOrder()).putInt(0, CgroupNative.EPOLLIN).putLong(DATA_OFFSET, key);
        CgroupNative.epoll_ctl(epoll.number(), CgroupNative.EPOLL_CTL_ADD, fd.number(), event);
    }

    /**
     * Runs a task when a v1 memory group, or one above it, is out of memory, and when the group is removed. The kernel signals the
     * group whose limit was hit first and the groups below it next, each before it kills.
     *
     * @param memoryGroup the group's directory in the v1 memory hierarchy
     */
    public Registration onOutOfMemory(Path memoryGroup, Runnable task) throws LinuxException {
        Path control = memoryGroup.resolve("memory.oom_control");
        Path eventControl = memoryGroup.resolve("cgroup.event_control");
        synchronized (lock) {
            requireOpen();
            Fd eventFd = eventFd();
            try (Fd oomControl = openForReading(control)) {
                // The kernel keeps its own references: oom_control may be closed, and closing the eventfd ends the registration.
                CgroupFiles.real().write(eventControl, eventFd.number() + " " + oomControl.number());
                long key = nextKey++;
                add(epoll, eventFd, key);
                oomEntries.put(key, new OomEntry(eventFd, task));
                return () -> endOom(key);
            } catch (LastErrorException e) {
                eventFd.close();
                throw new LinuxException(e.getErrorCode(), "epoll_ctl", control.toString());
            } catch (LinuxException e) {
                eventFd.close();
                throw e;
            }
        }
    }

    private static Fd eventFd() throws LinuxException {
        try {
            return Fd.own(CgroupNative.eventfd(0, CgroupNative.EFD_CLOEXEC | CgroupNative.EFD_NONBLOCK));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "eventfd", "");
        }
    }

    private static Fd openForReading(Path file) throws LinuxException {
        try {
            return Fd.own(LibC.open(file.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open", file.toString());
        }
    }

    private void endOom(long key) {
        synchronized (lock) {
            var entry = oomEntries.remove(key);
            if (entry != null) {
                entry.eventFd.close();
            }
        }
    }

    /** Runs a task when the kernel says that a file was modified. One task per file: a second one takes the place of the first. */
    public Registration onModified(Path file, Runnable task) throws LinuxException {
        synchronized (lock) {
            requireOpen();
            try {
                int watch = CgroupNative.inotify_add_watch(inotify.number(), file.toString(), CgroupNative.IN_MODIFY);
                files.put(watch, task);
                return () -> endFile(watch, task);
            } catch (LastErrorException e) {
                throw new LinuxException(e.getErrorCode(), "inotify_add_watch", file.toString());
            }
        }
    }

    private void endFile(int watch, Runnable task) {
        synchronized (lock) {
            if (!files.remove(watch, task) || closed) {
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
    }

    /** Runs a task after a while. */
    public void later(Duration delay, Runnable task) {
        synchronized (lock) {
            timers.add(new Timer(System.nanoTime() + delay.toNanos(), task));
            wakeUp();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }

    private void wakeUp() {
        if (!closed && Thread.currentThread() != thread) {
            byte[] one = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(1).array();
            LibC.write(wake.number(), one, one.length);
        }
    }

    private void run() {
        byte[] events = new byte[MAX_EVENTS * EVENT_BYTES];
        while (true) {
            int timeout;
            int epollNumber;
            synchronized (lock) {
                if (closed) {
                    return;
                }
                timeout = millisToNextTimer();
                epollNumber = epoll.number();
            }
            int count = waitFor(epollNumber, events, timeout);
            var due = new ArrayList<Runnable>();
            synchronized (lock) {
                if (closed) {
                    return;
                }
                collect(events, count, due);
            }
            due.forEach(this::runTask);
        }
    }

    private static int waitFor(int epollNumber, byte[] events, int timeoutMillis) {
        try {
            return CgroupNative.epoll_wait(epollNumber, events, MAX_EVENTS, timeoutMillis);
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.EINTR) {
                return 0;
            }
            throw e;
        }
    }

    private int millisToNextTimer() {
        Timer first = timers.peek();
        if (first == null) {
            return -1;
        }
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, (first.atNanos - System.nanoTime() + 999_999) / 1_000_000));
    }

    private void collect(byte[] events, int count, List<Runnable> due) {
        var buffer = ByteBuffer.wrap(events).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            long key = buffer.getLong(i * EVENT_BYTES + DATA_OFFSET);
            if (key == WAKE) {
                drain(wake);
            } else if (key == INOTIFY) {
                collectModified(due);
            } else {
                var entry = oomEntries.get(key);
                if (entry != null) {
                    drain(entry.eventFd);
                    due.add(entry.task);
                }
            }
        }
        long now = System.nanoTime();
        while (!timers.isEmpty() && timers.peek().atNanos - now <= 0) {
            due.add(timers.remove().task);
        }
    }

    private static void drain(Fd eventFd) {
        byte[] counter = new byte[Long.BYTES];
        try {
            LibC.read(eventFd.number(), counter, counter.length);
        } catch (LastErrorException e) {
            if (e.getErrorCode() != Errno.EAGAIN) {
                throw e;
            }
        }
    }

    /** SAFETY: read(2) of inotify returns whole structs: int wd, uint32 mask, cookie, len, then len bytes of name. */
    private void collectModified(List<Runnable> due) {
        byte[] bytes = new byte[4096];
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
        for (int at = 0; at < length; at += INOTIFY_HEADER_BYTES + buffer.getInt(at + 12)) {
            Runnable task = files.get(buffer.getInt(at));
            if (task != null && !due.contains(task)) {
                due.add(task);
            }
        }
    }

    private void runTask(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            // One group's fault must not end the watch of all others; the handler makes it known.
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            wakeUp();
            closed = true;
        }
        joinUnlessSelf();
        synchronized (lock) {
            oomEntries.values().forEach(entry -> entry.eventFd.close());
            oomEntries.clear();
            files.clear();
            timers.clear();
            inotify.close();
            wake.close();
            epoll.close();
        }
    }

    private void joinUnlessSelf() {
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
