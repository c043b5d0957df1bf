package dev.stowbook.testkit.network;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs each test method, with its before and after methods, on threads inside a network namespace of its own that stands for the
 * host: its links, routes, rules and settings are the test's alone, and the machine's stay as they are. The namespace ends with
 * the test.
 *
 * <p>A driver under test must do its kernel work on the calling thread or through sockets it opened in {@code open}.
 */
public final class PrivateHostExtension implements InvocationInterceptor {
    private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(PrivateHostExtension.class);

    static {
        // The JDK keeps one socket for ever from the first socket it closes; made inside a test's namespace it would keep that alive.
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            client.setTcpNoDelay(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** JUnit makes it. */
    public PrivateHostExtension() {}

    @Override
    public void interceptBeforeEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        inside(invocation, context);
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        inside(invocation, context);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        inside(invocation, context);
    }

    private static void inside(Invocation<Void> invocation, ExtensionContext context) throws Throwable {
        Host host = context.getStore(STORE).getOrComputeIfAbsent("host", key -> Host.create(), Host.class);
        Throwable failure = NetworkNamespace.call(host.namespace().number(), () -> {
            try {
                invocation.proceed();
                return new NoFailure();
            } catch (Throwable e) {
                return e;
            }
        });
        if (!(failure instanceof NoFailure)) {
            throw failure;
        }
    }

    private static final class NoFailure extends Throwable {
        private static final long serialVersionUID = 1L;
    }

    /** A namespace whose loopback link is up; JUnit closes it with the test. */
    private record Host(Fd namespace) implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        static Host create() {
            try {
                Fd namespace = NetworkNamespace.create();
                Sandbox.upLoopback(namespace.number());
                return new Host(namespace);
            } catch (LinuxException e) {
                throw new IllegalStateException("a network test needs root: " + e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            namespace.close();
        }
    }
}
