package dev.stowbook.testkit.network;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkAddress;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.NetworkNamespace;
import dev.stowbook.linux.net.Route;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A network namespace as a container would have it, with what a test does inside: look around, serve, connect. Closing it ends the
 * namespace and with it its links. Any thread; the calling thread's namespaces stay as they are.
 */
public final class Sandbox implements AutoCloseable {
    /** The kernel answers alone, so that this is long; but less than the second after which it sends a lost packet again. */
    private static final int CONNECT_MILLIS = 700;

    /** For a thread of the server, which may be late on a busy machine. */
    private static final int ANSWER_MILLIS = 30_000;

    private final Fd namespace;
    private final Runnable end;

    private Sandbox(Fd namespace, Runnable end) {
        this.namespace = namespace;
        this.end = end;
    }

    /** Makes an empty one; its loopback link is down. */
    public static Sandbox create() throws LinuxException {
        return new Sandbox(NetworkNamespace.create(), () -> {});
    }

    /** Makes one that belongs to a user namespace of its own, as those of pods with shifted ids do. Needs unshare(1). */
    public static Sandbox createInUserNamespace() throws LinuxException, IOException, InterruptedException {
        Process owner = new ProcessBuilder("unshare", "--user", "--map-root-user", "--net", "sh", "-c", "echo made; exec sleep 600")
                .redirectErrorStream(true)
                .start();
        if (owner.inputReader().readLine() instanceof String line && line.equals("made")) {
            Fd namespace = NetworkNamespace.open(Path.of("/proc/" + owner.pid() + "/ns/net"));
            return new Sandbox(namespace, owner::destroyForcibly);
        }
        owner.destroyForcibly();
        throw new IOException("unshare made no namespaces");
    }

    static void upLoopback(int namespaceFd) throws LinuxException {
        try (Netlink inside = Netlink.open(namespaceFd)) {
            inside.apply(new LinkRequest.ChangeLink(1, Optional.of(true), OptionalInt.empty(), Optional.empty()));
        }
    }

    /** The namespace's descriptor, open until {@link #close}. */
    public int fd() {
        return namespace.number();
    }

    /** The links inside. */
    public List<Link> links() throws LinuxException {
        try (Netlink inside = Netlink.open(fd())) {
            return inside.links();
        }
    }

    /** The addresses inside. */
    public List<LinkAddress> addresses() throws LinuxException {
        try (Netlink inside = Netlink.open(fd())) {
            return inside.addresses();
        }
    }

    /** The routes inside. */
    public List<Route> routes() throws LinuxException {
        try (Netlink inside = Netlink.open(fd())) {
            return inside.routes();
        }
    }

    /**
     * Serves TCP inside: each client is told {@code NAME saw ADDRESS}, its own address as the server sees it.
     *
     * @return stops it
     */
    public AutoCloseable serve(String name, int port) throws LinuxException {
        ServerSocket server = NetworkNamespace.call(fd(), () -> {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress("::", port)); // and so for IPv4, too (ipv6(7))
            return socket;
        });
        Thread.ofPlatform().daemon().name("serve-" + name).start(() -> answer(server, name));
        return server;
    }

    private static void answer(ServerSocket server, String name) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                String text = name + " saw " + IpAddresses.text(client.getInetAddress());
                client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /**
     * Runs a program inside, as root of the machine otherwise.
     *
     * @return what it printed
     * @throws IOException if it ended with an error, with what it printed
     */
    public String run(String... command) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(
                List.of("nsenter", "--net=/proc/" + ProcessHandle.current().pid() + "/fd/" + fd()));
        line.addAll(List.of(command));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + printed.strip());
        }
        return printed;
    }

    /** Connects from inside; empty if refused or unreachable, or if nobody takes the connection within 0.7 seconds. */
    public Optional<String> fetch(String address, int port) throws LinuxException {
        return NetworkNamespace.call(fd(), () -> fetchHere(address, port));
    }

    /** As {@link #fetch}, from the namespace of the calling thread. */
    public static Optional<String> fetchHere(String address, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            return Optional.of(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        namespace.close();
        end.run();
    }
}
