package dev.stowbook.testkit.fault;

import dev.stowbook.spi.Driver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A driver that is honest but for some verbs: what a test of the kit is held against.
 *
 * @param <D> the driver interface
 */
public final class Misbehaving<D extends Driver> {
    private final Class<D> type;
    private final D honest;
    private final Map<String, Verb<D>> verbs = new HashMap<>();

    /** What a verb does instead. */
    public interface Verb<D> {
        /**
         * Answers a call.
         *
         * @param honest the real driver
         * @param real carries the call out as the real driver would
         * @param arguments what it was called with
         */
        @Nullable Object answer(D honest, Real real, @Nullable Object[] arguments) throws Exception;
    }

    /** The call as it should be. */
    public interface Real {
        @Nullable Object call() throws Exception;
    }

    /** A driver of that interface that behaves, as yet. */
    public Misbehaving(Class<D> type, D honest) {
        this.type = type;
        this.honest = honest;
    }

    /** Replaces a verb. */
    public Misbehaving<D> verb(String name, Verb<D> verb) {
        verbs.put(name, verb);
        return this;
    }

    /** A verb that says that it was done, and does nothing; for verbs without a result. */
    public Misbehaving<D> lazy(String name) {
        return verb(name, (driver, real, arguments) -> null);
    }

    /** The driver. */
    public D driver() {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            Verb<D> verb = verbs.get(method.getName());
            Real real = () -> invoke(method, arguments);
            return verb == null ? real.call() : verb.answer(honest, real, arguments == null ? new Object[0] : arguments);
        }));
    }

    private @Nullable Object invoke(Method method, @Nullable Object[] arguments) throws Exception {
        try {
            return method.invoke(honest, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }
}
