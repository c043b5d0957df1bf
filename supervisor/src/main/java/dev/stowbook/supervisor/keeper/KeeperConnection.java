package dev.stowbook.supervisor.keeper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a keeper. Requests may be made on any thread and never block; answers come on the reactor's thread. A reader that
 * attaches uses a connection of its own, since input that the process doesn't take holds up the requests behind it.
 */
public final class KeeperConnection implements AutoCloseable {
    private static final int HEAD_BYTES = 8;
    private static final int LONGEST_PAYLOAD_BYTES = 1 << 20;
    private static final int INPUT_CHUNK_BYTES = 1 << 20;

    private final KeeperReactor reactor;
    private final SocketChannel channel;
    private final KeeperListener listener;
    private final AtomicLong requests = new AtomicLong();
    private final Map<Long, CompletableFuture<KeeperMessage.Result>> pending = new ConcurrentHashMap<>();
    private final ArrayDeque<Outgoing> outgoing = new ArrayDeque<>(); // of the reactor's thread, as all below
    private @Nullable SelectionKey key;
    private boolean paused;
    private boolean ended;
    private ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private boolean inPayload;
    private int type;
    private int stream;

    private record Outgoing(ByteBuffer bytes, CompletableFuture<Void> sent) {}

    KeeperConnection(KeeperReactor reactor, SocketChannel channel, KeeperListener listener) {
        this.reactor = reactor;
        this.channel = channel;
        this.listener = listener;
    }

    /** Executes the process of a plan that waits. */
    public void start() {
        send(65, new byte[0]);
    }

    /**
     * Sends the container's first process a signal.
     *
     * @return 0, or the errno: ESRCH if it has ended
     */
    public CompletableFuture<Integer> signal(int number) {
        return request(66, new Wire.Writer().number(2, number)).thenApply(KeeperMessage.Result::errno);
    }

    /** Changes the terminal's size; ENOTTY if the process has none. */
    public CompletableFuture<Integer> resize(ProcessPlan.TerminalSize size) {
        return request(67, new Wire.Writer().number(2, size.rows()).number(3, size.columns()))
                .thenApply(KeeperMessage.Result::errno);
    }

    /** From now on this connection is given output, and may give input; EPIPE if a container's input has ended. */
    public CompletableFuture<KeeperMessage.Result> attach(boolean input, boolean output) {
        return request(68, new Wire.Writer().number(2, (input ? 1 : 0) | (output ? 2 : 0)));
    }

    /**
     * Gives the process input; only after {@link #attach}.
     *
     * @return completes when the bytes have left for the keeper, which takes no more than the process does: wait for it before
     *     giving more
     */
    public CompletableFuture<Void> input(byte[] bytes) {
        CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
        for (int at = 0; at < bytes.length; at += INPUT_CHUNK_BYTES) {
            last = send(69, java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + INPUT_CHUNK_BYTES)));
        }
        return last;
    }

    /** Closes the process's standard input; a terminal stays open. */
    public void endInput() {
        send(70, new byte[0]);
    }

    /** Asks for a {@link KeeperMessage.Pong}. */
    public void ping() {
        send(71, new byte[0]);
    }

    /** Stops reading until {@link #resume()}: a container's output is then passed over, an exec's process waits. */
    public void pause() {
        reactor.execute(() -> {
            paused = true;
            updateInterest();
        });
    }

    /** Reads again. */
    public void resume() {
        reactor.execute(() -> {
            paused = false;
            updateInterest();
        });
    }

    /** Drops the connection; the container goes on. The listener hears {@code closed}. */
    @Override
    public void close() {
        reactor.execute(() -> end(null));
    }

    private CompletableFuture<KeeperMessage.Result> request(int requestType, Wire.Writer fields) {
        long id = requests.incrementAndGet();
        CompletableFuture<KeeperMessage.Result> answer = new CompletableFuture<>();
        pending.put(id, answer);
        send(requestType, fields.number(1, id).toByteArray()).whenComplete((ok, failed) -> {
            if (failed != null && pending.remove(id) != null) {
                answer.completeExceptionally(failed);
            }
        });
        return answer;
    }

    private CompletableFuture<Void> send(int frameType, byte[] payload) {
        ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(payload.length).put((byte) frameType).put((byte) 0).putShort((short) 0).put(payload).flip();
        Outgoing message = new Outgoing(bytes, new CompletableFuture<>());
        reactor.execute(() -> {
            if (ended) {
                message.sent().completeExceptionally(new IOException("the keeper's connection is closed"));
                return;
            }
            outgoing.add(message);
            try {
                flush();
            } catch (IOException e) {
                end(e);
            }
        });
        return message.sent();
    }

    void registered(SelectionKey registeredKey) {
        key = registeredKey;
        updateInterest();
    }

    private void updateInterest() {
        if (key != null && key.isValid()) {
            key.interestOps((paused ? 0 : SelectionKey.OP_READ) | (outgoing.isEmpty() ? 0 : SelectionKey.OP_WRITE));
        }
    }

    void flush() throws IOException {
        while (!outgoing.isEmpty()) {
            Outgoing first = outgoing.element();
            channel.write(first.bytes());
            if (first.bytes().hasRemaining()) {
                break;
            }
            outgoing.remove();
            first.sent().complete(null);
        }
        updateInterest();
    }

    void read(ByteBuffer buffer) throws IOException {
        buffer.clear();
        int count = channel.read(buffer);
        buffer.flip();
        while (buffer.hasRemaining() && !ended) {
            take(buffer);
        }
        if (count < 0) {
            end(null);
        }
    }

    private void take(ByteBuffer from) {
        int length = Math.min(from.remaining(), frame.remaining());
        frame.put(from.slice(from.position(), length));
        from.position(from.position() + length);
        if (frame.hasRemaining()) {
            return;
        }
        if (!inPayload) {
            int payload = frame.getInt(0);
            if (payload < 0 || payload > LONGEST_PAYLOAD_BYTES) {
                throw new ProtocolException("a keeper's frame says it is " + payload + " bytes long; this is no keeper");
            }
            type = frame.get(4);
            stream = frame.get(5);
            inPayload = true;
            frame = ByteBuffer.allocate(payload).order(ByteOrder.LITTLE_ENDIAN);
        }
        if (inPayload && !frame.hasRemaining()) {
            byte[] payload = frame.array();
            inPayload = false;
            frame = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            KeeperMessage.parse(type, stream, payload).ifPresent(this::deliver);
        }
    }

    private void deliver(KeeperMessage message) {
        if (message instanceof KeeperMessage.Result result) {
            CompletableFuture<KeeperMessage.Result> answer = pending.remove(result.requestId());
            if (answer != null) {
                answer.complete(result);
            }
        } else {
            listener.message(this, message);
        }
    }

    void end(@Nullable Exception reason) {
        if (ended) {
            return;
        }
        ended = true;
        try {
            channel.close();
        } catch (IOException e) {
            // nothing is lost with a connection that is given up
        }
        IOException gone = new IOException("the keeper's connection is closed", reason);
        outgoing.forEach(message -> message.sent().completeExceptionally(gone));
        outgoing.clear();
        pending.values().forEach(answer -> answer.completeExceptionally(gone));
        pending.clear();
        listener.closed(this, Optional.ofNullable(reason));
    }
}
