package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Arch;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Tells what the kernel says of groups: out-of-memory conditions and memory pressure levels of v1 (an eventfd registered through
 * {@code cgroup.event_control}, memory.rst 10 and 11); modified event files ({@code memory.events}, {@code pids.events} of v2 generate
 * a file modified event, which inotify(7) shows); processes that stall (a trigger written to a {@code *.pressure} file, psi.rst);
 * messages in the kernel's log. One thread waits in epoll(7) for any number of groups; tasks run on it, one after the other, and
 * must not block.
 *
 * <p>Methods may be called from any thread. {@link #close} ends the thread and closes all descriptors; groups stay.
 */
public final class GroupEvents implements AutoCloseable {
    private static final long WAKE = 0;
    private static final long INOTIFY = 1;
    private static final int EVENT_BYTES = Arch.isAarch64() ? 16 : 12;
    private static final int DATA_OFFSET = Arch.isAarch64() ? 8 : 4;
    private static final int MAX_EVENTS = 64;

    private final Object lock = new Object();
    private final Fd epoll;
    private final Fd wake;
    private final ModifiedFiles files;
    private final Map<Long, Entry> entries = new HashMap<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>((a, b) -> Long.compare(a.atNanos - b.atNanos, 0));
    private final Thread thread;
    private long nextKey = 2;
    private boolean closed;

    /** A descriptor that becomes ready. */
    private record Entry(Fd fd, Kind kind, Runnable task) {}

    /** What a descriptor is. */
    private enum Kind {
        /** An eventfd, to be read empty. */
        COUNTER(CgroupNative.EPOLLIN),
        /** A pressure trigger; in error once its group is gone. */
        STALL(CgroupNative.EPOLLPRI),
        /** The kernel's log; in error if it went round. */
        LOG(CgroupNative.EPOLLIN);

        private final int events;

        Kind(int events) {
            this.events = events;
        }
    }

    private record Timer(long atNanos, Runnable task) {}

    /** Ends one registration. */
    public interface Registration {
        /** Idempotent; a task that is running is not waited for. */
        void end();
    }

    private GroupEvents(Fd epoll, Fd wake, ModifiedFiles files, String threadName) {
        this.epoll = epoll;
        this.wake = wake;
        this.files = files;
        this.thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::run);
    }

    /** Opens the descriptors and starts the thread. */
    public static GroupEvents open(String threadName) throws LinuxException {
        Fd epoll = null;
        Fd wake = null;
        ModifiedFiles files = null;
        try {
            epoll = Fd.own(CgroupNative.epoll_create1(CgroupNative.EPOLL_CLOEXEC));
            wake = Fd.own(CgroupNative.eventfd(0, CgroupNative.EFD_CLOEXEC | CgroupNative.EFD_NONBLOCK));
            files = ModifiedFiles.open();
            add(epoll, wake, CgroupNative.EPOLLIN, WAKE);
            add(epoll, files.descriptor(), CgroupNative.EPOLLIN, INOTIFY);
            var events = new GroupEvents(epoll, wake, files, threadName);
            events.thread.start();
            return events;
        } catch (LastErrorException e) {
            for (Fd fd : new Fd[] {epoll, wake, files == null ? null : files.descriptor()}) {
                if (fd != null) {
                    fd.close();
                }
            }
            throw new LinuxException(e.getErrorCode(), "epoll_create1, eventfd, inotify_init1", threadName);
        }
    }

    private static void add(Fd epoll, Fd fd, int events, long key) {
        byte[] event = new byte[EVENT_BYTES];
        ByteBuffer.wrap(event).order(ByteOrder.nativeOrder()).putInt(0, events).putLong(DATA_OFFSET, key);
        CgroupNative.epoll_ctl(epoll.number(), CgroupNative.EPOLL_CTL_ADD, fd.number(), event);
    }

    /**
     * Runs a task when a v1 memory group, or one above it, is out of memory, and when the group is removed. The kernel signals the
     * group whose limit was hit first and the groups below it next, each before it kills.
     *
     * @param memoryGroup the group's directory in the v1 memory hierarchy
     */
    public Registration onOutOfMemory(Path memoryGroup, Runnable task) throws LinuxException {
        return onV1Event(memoryGroup, "memory.oom_control", "", task);
    }

    /**
     * Runs a task when reclaim in a v1 memory group reaches a level, and when the group is removed (memory.rst 11).
     *
     * @param memoryGroup the group's directory in the v1 memory hierarchy
     * @param level {@code low}, {@code medium} or {@code critical}, with {@code ,local} for this group alone
     */
    public Registration onMemoryPressure(Path memoryGroup, String level, Runnable task) throws LinuxException {
        return onV1Event(memoryGroup, "memory.pressure_level", " " + level, task);
    }

    private Registration onV1Event(Path memoryGroup, String file, String argument, Runnable task) throws LinuxException {
        Path watched = memoryGroup.resolve(file);
        synchronized (lock) {
            requireOpen();
            Fd eventFd = eventFd();
            try (Fd opened = open(watched, LibC.O_RDONLY)) {
                // The kernel keeps its own references: the file may be closed, and closing the eventfd ends the registration.
                CgroupFiles.real().write(
                        memoryGroup.resolve("cgroup.event_control"), eventFd.number() + " " + opened.number() + argument);
            } catch (LinuxException e) {
                eventFd.close();
                throw e;
            }
            return register(eventFd, Kind.COUNTER, task, watched);
        }
    }

    /**
     * Runs a task when processes stall for longer than a trigger allows, at most once a window. Ends by itself with the group.
     *
     * @param pressureFile {@code cpu.pressure}, {@code memory.pressure} or {@code io.pressure} of a v2 group
     * @param trigger {@code some 150000 1000000}: kind, stall and window in microseconds (psi.rst)
     * @throws LinuxException EINVAL for a trigger out of range; EOPNOTSUPP if PSI is switched off
     */
    public Registration onStall(Path pressureFile, String trigger, Runnable task) throws LinuxException {
        synchronized (lock) {
            requireOpen();
            Fd file = open(pressureFile, LibC.O_RDWR | LibC.O_NONBLOCK);
            byte[] bytes = (trigger + "\0").getBytes(StandardCharsets.US_ASCII);
            try {
                LibC.write(file.number(), bytes, bytes.length);
            } catch (LastErrorException e) {
                file.close();
                throw new LinuxException(e.getErrorCode(), "write \"" + trigger + "\"", pressureFile.toString());
            }
            return register(file, Kind.STALL, task, pressureFile);
        }
    }

    /**
     * Runs a task when the kernel's log gets a record that contains a text, or records were lost.
     *
     * @throws LinuxException EPERM, EACCES or ENOENT where {@code /dev/kmsg} can't be read
     */
    public Registration onKernelMessage(String text, Runnable task) throws LinuxException {
        synchronized (lock) {
            requireOpen();
            KernelLog log = KernelLog.open();
            return register(log.descriptor(), Kind.LOG, () -> {
                boolean mentioned;
                synchronized (lock) {
                    mentioned = !closed && log.mentions(text);
                }
                if (mentioned) {
                    task.run();
                }
            }, Path.of("/dev/kmsg"));
        }
    }

    private Registration register(Fd fd, Kind kind, Runnable task, Path about) throws LinuxException {
        long key = nextKey++;
        try {
            add(epoll, fd, kind.events, key);
        } catch (LastErrorException e) {
            fd.close();
            throw new LinuxException(e.getErrorCode(), "epoll_ctl", about.toString());
        }
        entries.put(key, new Entry(fd, kind, task));
        return () -> end(key);
    }

    private static Fd eventFd() throws LinuxException {
        try {
            return Fd.own(CgroupNative.eventfd(0, CgroupNative.EFD_CLOEXEC | CgroupNative.EFD_NONBLOCK));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "eventfd", "");
        }
    }

    private static Fd open(Path file, int flags) throws LinuxException {
        try {
            return Fd.own(LibC.open(file.toString(), flags | LibC.O_CLOEXEC, 0));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open", file.toString());
        }
    }

    private void end(long key) {
        synchronized (lock) {
            var entry = entries.remove(key);
            if (entry != null) {
                entry.fd.close();
            }
        }
    }

    /** Runs a task when the kernel says that a file was modified. One task per file: a second one takes the place of the first. */
    public Registration onModified(Path file, Runnable task) throws LinuxException {
        synchronized (lock) {
            requireOpen();
            int watch = files.add(file, task);
            return () -> {
                synchronized (lock) {
                    if (!closed) {
                        files.remove(watch, task);
                    }
                }
            };
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
                files.collect(due);
            } else {
                ready(key, buffer.getInt(i * EVENT_BYTES), due);
            }
        }
        long now = System.nanoTime();
        while (!timers.isEmpty() && timers.peek().atNanos - now <= 0) {
            due.add(timers.remove().task);
        }
    }

    private void ready(long key, int events, List<Runnable> due) {
        var entry = entries.get(key);
        if (entry == null) {
            return;
        }
        if (entry.kind == Kind.COUNTER) {
            drain(entry.fd);
        }
        if (entry.kind == Kind.STALL && (events & CgroupNative.EPOLLERR) != 0) {
            // A descriptor that only says that its group is gone would be ready for ever.
            end(key);
        } else {
            due.add(entry.task);
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
            entries.values().forEach(entry -> entry.fd.close());
            entries.clear();
            timers.clear();
            files.close();
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
