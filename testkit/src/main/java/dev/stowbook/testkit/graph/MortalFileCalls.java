package dev.stowbook.testkit.graph;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** File system and mount calls of a process that is killed before the n-th of them: that one and all after it do not happen. Counts them. One thread. */
public final class MortalFileCalls {
    private final long dieBefore;
    private long made;

    /**
     * @param dieBefore the number of the first call that does not happen, from 1; {@link Long#MAX_VALUE} to live on
     */
    public MortalFileCalls(long dieBefore) {
        this.dieBefore = dieBefore;
    }

    /** What the killed process would have seen: nothing. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(String call) {
            super("killed before " + call);
        }
    }

    /** How many calls were asked for. */
    public long made() {
        return made;
    }

    /** The file system calls. */
    public FileCalls calls() {
        return of(FileCalls.class, FileCalls.linux());
    }

    /** The mount calls of the same process: they are counted with the others. */
    public MountCalls mountCalls() {
        return of(MountCalls.class, MountCalls.linux());
    }

    /** Calls of another kind, such as {@link dev.stowbook.linux.btrfs.Subvolumes}, of the same process. */
    public <T> T of(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            if (++made >= dieBefore) {
                throw new Killed(method.getName());
            }
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }
}
