package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.stream.DurableSignal;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One client attached to one process. A slow client makes the process wait, a slow process the client. The exit is told only when the
 * book has it. Lives on the connection's context; only {@link ExecStreams.ExecReader} is called from elsewhere.
 */
final class AttachSession implements ExecStreams.ExecReader {
    private static final long HIGH_WATER_BYTES = 256 << 10;
    private static final long LOW_WATER_BYTES = 64 << 10;

    private final Backend backend;
    private final Context context;
    private final NetSocket socket;
    private final ExecId exec;
    private final AttachFrame.Parser parser = new AttachFrame.Parser();
    private final ArrayDeque<AttachFrame> input = new ArrayDeque<>();
    private final AtomicLong inFlightBytes = new AtomicLong();
    private DurableSignal.Subscription subscription = () -> {};
    private volatile ExecStreams.@Nullable ExecStream stream;
    private OptionalInt toldExit = OptionalInt.empty();
    private boolean outputPaused;
    private boolean inputBusy;
    private boolean outputOver;
    private boolean over;

    AttachSession(Backend backend, Context context, NetSocket socket, ExecId exec) {
        this.backend = backend;
        this.context = context;
        this.socket = socket;
        this.exec = exec;
    }

    void begin() {
        socket.handler(this::received);
        socket.closeHandler(nothing -> finish());
        socket.exceptionHandler(broken -> finish());
        subscription = backend.signal().subscribe(() -> context.runOnContext(nothing -> exitIfKnown()));
        if (ended().isPresent()) {
            outputOver = true;
            exitIfKnown();
            return;
        }
        backend.services().execs().attach(exec, this).whenComplete((attached, failure) ->
                context.runOnContext(nothing -> attached(attached, failure)));
    }

    private void attached(ExecStreams.@Nullable ExecStream attached, @Nullable Throwable failure) {
        if (failure != null || attached == null) {
            if (ended().isPresent()) {
                outputOver = true;
                exitIfKnown();
            } else {
                error(failure == null || failure.getMessage() == null ? "the process cannot be reached" : failure.getMessage());
            }
        } else if (over) {
            attached.close();
        } else {
            stream = attached;
            feed();
        }
    }

    private Optional<ExitStatus> ended() {
        Exec known = backend.state().execs().get(exec);
        return known == null ? Optional.empty() : known.exit();
    }

    private void received(Buffer bytes) {
        try {
            input.addAll(parser.take(bytes));
        } catch (IllegalArgumentException e) {
            error(e.getMessage());
            return;
        }
        feed();
    }

    /** Gives the process one frame after the other; no more is read from the client until it has taken them. */
    private void feed() {
        ExecStreams.ExecStream to = stream;
        while (!over && to != null && !inputBusy && !input.isEmpty()) {
            AttachFrame frame = input.poll();
            switch (frame.type()) {
                case AttachFrame.STDIN -> {
                    inputBusy = true;
                    CompletableFuture<Void> taken = to.input(frame.payload());
                    taken.whenComplete((nothing, failure) -> context.runOnContext(n -> {
                        // A process that has closed its input or has ended takes no more; its exit tells the client.
                        inputBusy = false;
                        feed();
                    }));
                }
                case AttachFrame.END_OF_STDIN -> to.endInput();
                case AttachFrame.RESIZE -> resize(to, frame.payload());
                default -> error("frame type " + frame.type() + " is not one that a client sends (0, 3, 4)");
            }
        }
        if (over) {
            return;
        }
        if (input.isEmpty() && to != null && !inputBusy) {
            socket.resume();
        } else {
            socket.pause();
        }
    }

    private void resize(ExecStreams.ExecStream to, byte[] payload) {
        if (payload.length != 4) {
            error("a resize frame has 4 bytes, this one has " + payload.length);
            return;
        }
        Buffer size = Buffer.buffer(payload);
        to.resize(size.getUnsignedShort(0), size.getUnsignedShort(2));
    }

    @Override
    public void output(int from, byte[] bytes) {
        boolean full = inFlightBytes.addAndGet(bytes.length) > HIGH_WATER_BYTES;
        context.runOnContext(nothing -> {
            if (over) {
                return;
            }
            if (full && !outputPaused && stream != null) {
                outputPaused = true;
                stream.pause();
            }
            send(from == 2 ? AttachFrame.STDERR : AttachFrame.STDOUT, bytes);
        });
    }

    /** Splits what is too long for a frame; counts bytes until the kernel has taken them. */
    private void send(int type, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += AttachFrame.LONGEST_PAYLOAD) {
            byte[] part = bytes.length <= AttachFrame.LONGEST_PAYLOAD
                    ? bytes
                    : java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + AttachFrame.LONGEST_PAYLOAD));
            socket.write(new AttachFrame(type, part).encoded()).onComplete(written -> {
                long left = inFlightBytes.addAndGet(-part.length);
                if (outputPaused && left < LOW_WATER_BYTES && stream != null) {
                    outputPaused = false;
                    stream.resume();
                }
            });
        }
    }

    @Override
    public void exited(int code) {
        context.runOnContext(nothing -> {
            outputOver = true;
            toldExit = OptionalInt.of(code);
            exitIfKnown();
        });
    }

    @Override
    public void lost(String message) {
        context.runOnContext(nothing -> {
            outputOver = true;
            if (ended().isPresent()) {
                exitIfKnown();
            } else {
                error(message);
            }
        });
    }

    private void exitIfKnown() {
        if (over || !outputOver) {
            return;
        }
        Optional<ExitStatus> exit = ended();
        boolean removed = !backend.state().execs().containsKey(exec);
        if (exit.isPresent()) {
            String message = exit.get().message();
            if (!message.isEmpty() && toldExit.isEmpty()) {
                socket.write(new AttachFrame(AttachFrame.STDERR, (message + "\n").getBytes(StandardCharsets.UTF_8)).encoded());
            }
            last(AttachFrame.exit(exit.get().code()));
        } else if (removed && toldExit.isPresent()) {
            last(AttachFrame.exit(toldExit.getAsInt()));
        } else if (removed) {
            error("the container was removed");
        }
    }

    private void error(String sentence) {
        if (!over) {
            last(AttachFrame.error(sentence));
        }
    }

    private void last(AttachFrame frame) {
        socket.end(frame.encoded());
        finish();
    }

    private void finish() {
        over = true;
        input.clear();
        subscription.close();
        if (stream != null) {
            stream.close();
        }
    }
}
