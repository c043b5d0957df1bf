package dev.stowbook.supervisor.log.codec;

import java.lang.invoke.MethodHandle;

/** Calls constructors and accessors of records through handles of erased type. */
final class Calls {
    private Calls() {}

    /** Calls a handle of type (Object)Object. */
    static Object invoke(MethodHandle handle, Object argument) {
        try {
            return (Object) handle.invokeExact(argument);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a record's constructors and accessors throw no checked exceptions", e);
        }
    }

    /** Calls a handle of type (Object[])Object. */
    static Object construct(MethodHandle handle, Object[] arguments) {
        try {
            return (Object) handle.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a record's constructors and accessors throw no checked exceptions", e);
        }
    }
}
