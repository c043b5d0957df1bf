package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.Host;
import dev.stowbook.supervisor.http.ProcessStreams;
import dev.stowbook.supervisor.http.logs.LogEnd;
import dev.stowbook.supervisor.keeper.KeeperConnection;
import dev.stowbook.supervisor.keeper.KeeperListener;
import dev.stowbook.supervisor.keeper.KeeperMessage;
import dev.stowbook.supervisor.keeper.ProcessPlan;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Attaches the API's readers to keepers: each reader has a connection of its own. */
final class KeeperStreams implements ProcessStreams {
    private static final int EPIPE = 32;
    private static final int ENOTTY = 25;

    private final Host host;

    KeeperStreams(Host host) {
        this.host = host;
    }

    private interface Connecting {
        KeeperConnection connect(KeeperListener listener) throws IOException;
    }

    @Override
    public CompletableFuture<Line> attach(ExecId exec, Reader reader) {
        return attach(listener -> host.attach(exec, listener), true, reader);
    }

    @Override
    public CompletableFuture<Line> attach(ContainerId container, boolean input, Reader reader) {
        return attach(listener -> host.attach(container, listener), input, reader);
    }

    private static CompletableFuture<Line> attach(Connecting connecting, boolean input, Reader reader) {
        Ear ear = new Ear(reader);
        KeeperConnection connection;
        try {
            connection = connecting.connect(ear);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(new IOException("the process has ended", e));
        }
        return connection.attach(input, true).handle((result, failure) -> {
            if (failure != null) {
                ear.over = true;
                throw new CompletionException(new IOException(
                        "its keeper takes no more readers, of whom it has 15 at most, or the process has just ended", failure));
            }
            if (result.errno() == EPIPE) {
                ear.over = true;
                connection.close();
                throw new CompletionException(
                        new IOException("its standard input has ended, as it does for good: attach without standard input (--no-stdin)"));
            }
            return new Attached(connection, result.log().map(place -> new LogEnd(place.inode(), place.offset())));
        });
    }

    @Override
    public CompletableFuture<Void> resize(ContainerId container, int rows, int columns) {
        Optional<KeeperConnection> keeper = host.keeper(container);
        if (keeper.isEmpty()) {
            return CompletableFuture.failedFuture(new IOException("the process has ended"));
        }
        return keeper.get().resize(new ProcessPlan.TerminalSize(rows, columns)).thenAccept(errno -> {
            if (errno == ENOTTY) {
                throw new CompletionException(new IOException("it has no terminal any more: its process has let go of it"));
            }
        });
    }

    private static final class Ear implements KeeperListener {
        private final Reader reader;
        private volatile boolean over;

        private Ear(Reader reader) {
            this.reader = reader;
        }

        @Override
        public void message(KeeperConnection from, KeeperMessage message) {
            switch (message) {
                case KeeperMessage.Output output -> reader.output(output.stream(), output.bytes());
                case KeeperMessage.Lagged lagged -> reader.passedOver(lagged.skippedBytes());
                case KeeperMessage.Exited exited -> {
                    over = true;
                    reader.exited(exited.code());
                }
                default -> {
                    // of the rest the daemon's own connection hears
                }
            }
        }

        @Override
        public void closed(KeeperConnection connection, Optional<Exception> reason) {
            if (!over) {
                over = true;
                reader.lost("the process cannot be heard any more" + reason.map(r -> ": " + r.getMessage()).orElse(""));
            }
        }
    }

    private record Attached(KeeperConnection connection, Optional<LogEnd> logEnd) implements Line {
        @Override
        public CompletableFuture<Void> input(byte[] bytes) {
            return connection.input(bytes);
        }

        @Override
        public void endInput() {
            connection.endInput();
        }

        @Override
        public void resize(int rows, int columns) {
            connection.resize(new ProcessPlan.TerminalSize(rows, columns));
        }

        @Override
        public void pause() {
            connection.pause();
        }

        @Override
        public void resume() {
            connection.resume();
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
