package dev.stowbook.testkit.fault;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Stands between a driver and the real kernel. It counts the calls that pass, and strikes at one of them: either the driver is killed before
 * it, so that neither that call nor any after it happens, or that one call fails with an errno, as on a full disk. What is not struck reaches
 * the kernel: nothing is pretended. On request it shows each call that succeeded.
 *
 * <p>One driver, one thread.
 */
public final class Faults {
    private static final int KILL = 0;

    private final long strikeAt;
    private final int errno;
    private boolean counting = true;
    private long made;
    private boolean struck;
    private String named = "";
    private Consumer<Call> listener = call -> {};

    private Faults(long strikeAt, int errno) {
        this.strikeAt = strikeAt;
        this.errno = errno;
    }

    /** None: calls are counted only. */
    public static Faults none() {
        return new Faults(Long.MAX_VALUE, KILL);
    }

    /** The driver is killed before a call. @param call its number, from 1 */
    public static Faults killBefore(long call) {
        return new Faults(call, KILL);
    }

    /**
     * One call fails and is not made.
     *
     * @param call its number, from 1
     * @param errno the kernel's number, of errno(3)
     */
    public static Faults failAt(long call, int errno) {
        return new Faults(call, errno);
    }

    /** Shows each call that passed and succeeded, from the beginning of the count on. */
    public Faults shownTo(Consumer<Call> newListener) {
        listener = newListener;
        return this;
    }

    /** Counts, and strikes, from {@link #begin} on only: what opens a driver passes. */
    public Faults held() {
        counting = false;
        return this;
    }

    /** Counting begins. */
    public void begin() {
        counting = true;
    }

    /** What a killed process would have seen: nothing. No driver catches it. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(String call) {
            super("killed before " + call);
        }
    }

    /**
     * A call as it was made.
     *
     * @param type the interface
     * @param name of its method
     * @param arguments what it was given; a buffer may have another content by now
     */
    public record Call(Class<?> type, String name, List<Object> arguments) {}

    /** How many calls were asked for. */
    public long made() {
        return made;
    }

    /** The number of the call that is struck. */
    public long strikesAt() {
        return strikeAt;
    }

    /** The errno that a call fails with; 0 if the driver is killed. */
    public int errno() {
        return errno;
    }

    /** Whether the fault has happened. */
    public boolean struck() {
        return struck;
    }

    @Override
    public String toString() {
        return (errno == KILL ? "killed before call " : Errno.name(errno) + " from call ") + strikeAt + named;
    }

    /**
     * One of the library's interfaces with the fault in it.
     *
     * @param type an interface whose methods are system calls
     * @param real what carries them out
     */
    public <T> T between(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            if (!method.getName().equals("close") && !method.isDefault()) {
                strike(method.getName(), List.of(method.getExceptionTypes()).contains(LinuxException.class));
            }
            try {
                if (method.isDefault()) { // made of others, which are struck by themselves
                    return InvocationHandler.invokeDefault(proxy, method, arguments);
                }
                Object answer = method.invoke(real, arguments);
                if (counting) {
                    listener.accept(new Call(type, method.getName(), arguments == null ? List.of() : Arrays.asList(arguments)));
                }
                return answer;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    private void strike(String call, boolean mayFail) throws LinuxException {
        if (!counting || (errno != KILL && !mayFail)) { // a call that answers in no case with an errno can't fail
            return;
        }
        made++;
        if (errno == KILL && made >= strikeAt) {
            struck = true;
            named = ", " + call;
            throw new Killed(call);
        }
        if (errno != KILL && made == strikeAt) {
            struck = true;
            named = ", " + call;
            throw new LinuxException(errno, call, "a fault on purpose");
        }
    }
}
