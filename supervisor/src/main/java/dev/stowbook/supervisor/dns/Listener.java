package dev.stowbook.supervisor.dns;

import dev.stowbook.supervisor.model.NetworkId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sockets on one gateway, UDP and TCP. An address may come a moment after its network: binding is tried until it works. One context. */
final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final long FIRST_WAIT_MILLIS = 50;
    private static final long LONGEST_WAIT_MILLIS = 10_000;
    private static final int IDLE_SECONDS = 10;
    private static final int MOST_CONNECTIONS = 64;

    /** Takes a message and, if there is an answer, gives it. */
    interface Answers {
        void to(NetworkId network, String asker, Buffer message, boolean tcp, Consumer<Buffer> reply);
    }

    private final Vertx vertx;
    private final NetworkId network;
    private final String gateway;
    private final int port;
    private final Answers answers;
    private DatagramSocket udp;
    private NetServer tcp;
    private int connections;
    private boolean closed;

    Listener(Vertx vertx, NetworkId network, String gateway, int port, Answers answers) {
        this.vertx = vertx;
        this.network = network;
        this.gateway = gateway;
        this.port = port;
        this.answers = answers;
        this.udp = udp();
        this.tcp = tcp();
    }

    private DatagramSocket udp() {
        return vertx.createDatagramSocket(new DatagramSocketOptions().setIpV6(gateway.indexOf(':') >= 0));
    }

    private NetServer tcp() {
        return vertx.createNetServer(new NetServerOptions().setIdleTimeout(IDLE_SECONDS)).connectHandler(this::connected);
    }

    void open() {
        bind(FIRST_WAIT_MILLIS);
    }

    private void bind(long wait) {
        udp.handler(packet -> answers.to(
                network,
                Addresses.plain(packet.sender().hostAddress()),
                packet.data(),
                false,
                reply -> udp.send(reply, packet.sender().port(), packet.sender().hostAddress())));
        udp.exceptionHandler(e -> LOG.debug("name server on {}: {}", gateway, e.getMessage()));
        udp.listen(port, gateway)
                .compose(bound -> tcp.listen(port, gateway))
                .onFailure(failure -> again(failure, wait));
    }

    private void again(Throwable failure, long wait) {
        udp.close();
        tcp.close();
        if (closed) {
            return;
        }
        if (wait > LONGEST_WAIT_MILLIS / 4) {
            LOG.warn("no name server on {} port {}: {}; it is tried again. Whoever listens there on every address has to leave this one out",
                    gateway, port, failure.getMessage());
        }
        udp = udp();
        tcp = tcp();
        vertx.setTimer(wait, due -> {
            if (!closed) {
                bind(Math.min(LONGEST_WAIT_MILLIS, wait * 2));
            }
        });
    }

    private void connected(NetSocket socket) {
        if (connections >= MOST_CONNECTIONS) {
            socket.close();
            return;
        }
        connections++;
        socket.closeHandler(end -> connections--);
        socket.exceptionHandler(e -> socket.close());
        socket.drainHandler(room -> socket.resume());
        String asker = Addresses.plain(socket.remoteAddress().hostAddress());
        socket.handler(new TcpMessages(message -> answers.to(network, asker, message, true, reply -> tell(socket, reply))));
    }

    /** Who reads no answers is asked for no more questions. */
    private static void tell(NetSocket socket, Buffer reply) {
        socket.write(TcpMessages.framed(reply));
        if (socket.writeQueueFull()) {
            socket.pause();
        }
    }

    Future<Void> close() {
        closed = true;
        return udp.close().eventually(tcp::close).recover(gone -> Future.succeededFuture());
    }
}
