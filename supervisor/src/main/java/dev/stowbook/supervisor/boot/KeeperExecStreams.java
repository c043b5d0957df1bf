package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.Host;
import dev.stowbook.supervisor.http.ExecStreams;
import dev.stowbook.supervisor.keeper.KeeperConnection;
import dev.stowbook.supervisor.keeper.KeeperListener;
import dev.stowbook.supervisor.keeper.KeeperMessage;
import dev.stowbook.supervisor.keeper.ProcessPlan;
import dev.stowbook.supervisor.model.ExecId;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Attaches the API's readers to the keepers of execs: each reader has a connection of its own. */
final class KeeperExecStreams implements ExecStreams {
    private final Host host;

    KeeperExecStreams(Host host) {
        this.host = host;
    }

    @Override
    public CompletableFuture<ExecStream> attach(ExecId exec, ExecReader reader) {
        Ear ear = new Ear(reader);
        try {
            KeeperConnection connection = host.attach(exec, ear);
            return connection.attach(true, true).thenApply(errno -> new Line(connection));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(new IOException("the process has ended", e));
        }
    }

    private static final class Ear implements KeeperListener {
        private final ExecReader reader;
        private boolean over;

        private Ear(ExecReader reader) {
            this.reader = reader;
        }

        @Override
        public void message(KeeperConnection from, KeeperMessage message) {
            switch (message) {
                case KeeperMessage.Output output -> reader.output(output.stream(), output.bytes());
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

    private record Line(KeeperConnection connection) implements ExecStream {
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
