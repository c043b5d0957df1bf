package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.logs.LogEnd;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.stream.DurableSignal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One client attached to one process. A slow client makes the process that exec started wait, and is passed over by a container's; a
 * slow process makes the client wait. The exit is told only when the book has it. Lives on the connection's context; only
 * {@link ProcessStreams.Reader} is called from elsewhere.
 */
final class AttachSession implements ProcessStreams.Reader {
    private static final String PROTOCOL = "stowbook-stream";
    private static final long HIGH_WATER_BYTES = 256 << 10;
    private static final long LOW_WATER_BYTES = 64 << 10;

    private final Backend backend;
    private final Context context;
    private final AttachTarget target;
    private final Optional<Replay> replay;
    private final AttachFrame.Parser parser = new AttachFrame.Parser();
    private final ArrayDeque<AttachFrame> input = new ArrayDeque<>();
    private final ArrayDeque<AttachFrame> held = new ArrayDeque<>();
    private final AtomicLong inFlightBytes = new AtomicLong();
    private final Promise<NetSocket> upgraded = Promise.promise();
    private DurableSignal.Subscription subscription = () -> {};
    private volatile ProcessStreams.@Nullable Line stream;
    private OptionalInt toldExit = OptionalInt.empty();
    private boolean outputPaused;
    private boolean inputBusy;
    private boolean outputOver;
    private boolean replaying;
    private boolean over;

    /** The last lines of a log, to be told first. */
    record Replay(Path log, long lines) {}

    private AttachSession(Backend backend, Context context, AttachTarget target, Optional<Replay> replay) {
        this.backend = backend;
        this.context = context;
        this.target = target;
        this.replay = replay;
    }

    /** @throws ApiProblem if the request does not ask for this protocol */
    static void requireUpgrade(Call call) {
        if (!call.request().headers().contains("Upgrade", PROTOCOL, true) || !call.request().headers().contains("Connection", "Upgrade", true)) {
            throw ApiProblem.invalid("attach needs the headers 'Connection: Upgrade' and 'Upgrade: " + PROTOCOL + "'");
        }
    }

    /**
     * Attaches a client, and upgrades its connection once it is attached.
     *
     * @param subject whose process it is, to begin a sentence
     * @return fails with an {@link ApiProblem} if the process runs and cannot be attached to
     */
    static Future<Void> open(Backend backend, Call call, AttachTarget target, String subject, Optional<Replay> replay) {
        AttachSession session = new AttachSession(backend, call.context(), target, replay);
        call.response().closeHandler(gone -> session.finish());
        return session.attach(subject).compose(attached -> session.upgrade(call));
    }

    private Future<Void> attach(String subject) {
        if (ended().isPresent()) {
            outputOver = true;
            return Future.succeededFuture();
        }
        Promise<Void> attached = Promise.promise();
        target.attach(backend.services().processes(), this).whenComplete((line, failure) -> context.runOnContext(nothing -> {
            if (failure == null) {
                stream = line;
                attached.complete();
            } else if (ended().isPresent()) {
                outputOver = true;
                attached.complete();
            } else {
                attached.fail(ApiProblem.of(ErrorCode.CONFLICT, subject + ": " + sentence(failure)));
            }
        }));
        return attached.future();
    }

    private static String sentence(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause.getMessage() == null ? "the process cannot be reached" : cause.getMessage();
    }

    private Future<Void> upgrade(Call call) {
        if (over) {
            finish();
            return Future.failedFuture(ApiProblem.of(ErrorCode.UNAVAILABLE, "nobody is attached any more"));
        }
        call.response().putHeader("Connection", "Upgrade").putHeader("Upgrade", PROTOCOL);
        return call.request().toNetSocket().onFailure(gone -> finish()).map(socket -> {
            begin(socket);
            return null;
        });
    }

    private void begin(NetSocket socket) {
        socket.handler(this::received);
        socket.closeHandler(nothing -> finish());
        socket.exceptionHandler(broken -> finish());
        subscription = backend.signal().subscribe(() -> context.runOnContext(nothing -> exitIfKnown()));
        ProcessStreams.Line line = stream;
        replaying = line != null && replay.isPresent();
        upgraded.complete(socket);
        if (replaying && line != null && !over) {
            replay(line);
        }
        exitIfKnown();
        feed();
    }

    private NetSocket socket() {
        return upgraded.future().result();
    }

    /** What the process says before its client can be told waits until then. Any thread. */
    private void heard(Runnable what) {
        context.runOnContext(nothing -> upgraded.future().onSuccess(socket -> what.run()));
    }

    /** Tells what the log has before where the output to come begins, which is held back meanwhile. */
    private void replay(ProcessStreams.Line line) {
        Optional<LogEnd> end = line.logEnd();
        if (end.isEmpty()) {
            replayed();
            return;
        }
        Replay wanted = replay.orElseThrow();
        line.pause();
        AttachReplay.run(backend, wanted.log(), wanted.lines(), end.get(), this::tell).onComplete(told -> context.runOnContext(nothing -> {
            if (told.failed() && !over) {
                error("the log cannot be read: " + told.cause().getMessage());
            } else {
                replayed();
                if (!outputPaused) {
                    line.resume();
                }
            }
        }));
    }

    private Future<Void> tell(AttachFrame frame) {
        return over ? Future.failedFuture("the client has gone") : socket().write(frame.encoded());
    }

    private void replayed() {
        replaying = false;
        while (!held.isEmpty() && !over) {
            send(held.poll());
        }
        exitIfKnown();
    }

    private Optional<ExitStatus> ended() {
        return target.exit(backend.state());
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
        ProcessStreams.Line to = stream;
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
            socket().resume();
        } else {
            socket().pause();
        }
    }

    private void resize(ProcessStreams.Line to, byte[] payload) {
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
        heard(() -> {
            if (over) {
                return;
            }
            if (full && !outputPaused && stream != null) {
                outputPaused = true;
                stream.pause();
            }
            tellOrHold(new AttachFrame(from == 2 ? AttachFrame.STDERR : AttachFrame.STDOUT, bytes));
        });
    }

    @Override
    public void passedOver(long bytes) {
        AttachFrame frame = AttachFrame.passedOver(bytes);
        inFlightBytes.addAndGet(frame.payload().length);
        heard(() -> tellOrHold(frame));
    }

    private void tellOrHold(AttachFrame frame) {
        if (replaying) {
            held.add(frame);
        } else if (!over) {
            send(frame);
        }
    }

    /** A keeper's frames are no longer than ours may be. Counts bytes until the kernel has taken them. */
    private void send(AttachFrame frame) {
        socket().write(frame.encoded()).onComplete(written -> {
            long left = inFlightBytes.addAndGet(-frame.payload().length);
            if (outputPaused && left < LOW_WATER_BYTES && stream != null) {
                outputPaused = false;
                stream.resume();
            }
        });
    }

    @Override
    public void exited(int code) {
        heard(() -> {
            outputOver = true;
            toldExit = OptionalInt.of(code);
            exitIfKnown();
        });
    }

    @Override
    public void lost(String message) {
        heard(() -> {
            outputOver = true;
            if (ended().isPresent()) {
                exitIfKnown();
            } else {
                error(message);
            }
        });
    }

    private void exitIfKnown() {
        if (over || !outputOver || replaying) {
            return;
        }
        Optional<ExitStatus> exit = ended();
        boolean forgotten = target.forgotten(backend.state());
        if (exit.isPresent()) {
            String message = exit.get().message();
            if (!message.isEmpty() && toldExit.isEmpty()) {
                socket().write(new AttachFrame(AttachFrame.STDERR, (message + "\n").getBytes(StandardCharsets.UTF_8)).encoded());
            }
            last(AttachFrame.exit(exit.get().code()));
        } else if (forgotten && toldExit.isPresent()) {
            last(AttachFrame.exit(toldExit.getAsInt()));
        } else if (forgotten) {
            error("nothing is known of the process any more: its container was removed, or started again");
        }
    }

    private void error(String sentence) {
        if (!over) {
            last(AttachFrame.error(sentence));
        }
    }

    private void last(AttachFrame frame) {
        socket().end(frame.encoded());
        finish();
    }

    private void finish() {
        over = true;
        input.clear();
        held.clear();
        subscription.close();
        if (stream != null) {
            stream.close();
        }
    }
}
