package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.UnixListener;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread for the control connections of all keepers. */
public final class KeeperReactor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeeperReactor.class);

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    private volatile boolean closed;

    private KeeperReactor(Selector selector) {
        this.selector = selector;
        this.thread = new Thread(this::loop, "keepers");
        thread.setDaemon(true);
    }

    /** Starts the thread. */
    public static KeeperReactor start() throws IOException {
        KeeperReactor reactor = new KeeperReactor(Selector.open());
        reactor.thread.start();
        return reactor;
    }

    /**
     * Connects to a keeper's socket; its path may be longer than a socket address holds. The keeper's first message is a
     * {@link KeeperMessage.Hello}, then what its container's state is.
     *
     * @throws IOException ENOENT, ECONNREFUSED: there is no keeper any more
     */
    public KeeperConnection connect(Path socket, KeeperListener listener) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try (Fd directory = UnixListener.directory(socket.getParent())) {
            channel.connect(UnixDomainSocketAddress.of(directory.procPath() + "/" + socket.getFileName()));
            channel.configureBlocking(false);
        } catch (LinuxException | IOException e) {
            channel.close();
            throw e instanceof IOException io ? io : new IOException(e);
        }
        KeeperConnection connection = new KeeperConnection(this, channel, listener);
        execute(() -> register(connection, channel));
        return connection;
    }

    /** Runs a task on the thread; at once if this is it. */
    void execute(Runnable task) {
        if (Thread.currentThread() == thread) {
            task.run();
        } else {
            tasks.add(task);
            selector.wakeup();
        }
    }

    private void register(KeeperConnection connection, SocketChannel channel) {
        try {
            connection.registered(channel.register(selector, SelectionKey.OP_READ, connection));
        } catch (IOException e) {
            connection.end(e);
        }
    }

    private void loop() {
        while (!closed) {
            try {
                selector.select(this::ready);
            } catch (IOException e) {
                LOG.error("waiting for keepers failed", e);
            }
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                runGuarded(task);
            }
        }
    }

    /** One connection's fault must not make the daemon deaf to all others. */
    private static void runGuarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a listener of a keeper failed; the connection is of no use any more", e);
        }
    }

    private void ready(SelectionKey key) {
        KeeperConnection connection = (KeeperConnection) key.attachment();
        try {
            if (key.isValid() && key.isWritable()) {
                connection.flush();
            }
            if (key.isValid() && key.isReadable()) {
                connection.read(buffer);
            }
        } catch (IOException | RuntimeException e) {
            runGuarded(() -> connection.end(e));
        }
    }

    /** Ends the thread and drops all connections without a word: keepers go on, as after a daemon's death. */
    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        try {
            thread.join(5000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
