package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.logs.LogCursor;
import dev.stowbook.supervisor.http.logs.LogEnd;
import dev.stowbook.supervisor.http.logs.LogLine;
import dev.stowbook.supervisor.http.logs.LogQuery;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** The last lines of a log, up to where a reader was attached, as fast as the client takes them. */
final class AttachReplay {
    private final Backend backend;
    private final LogCursor cursor;
    private final Function<AttachFrame, Future<Void>> client;

    private AttachReplay(Backend backend, LogCursor cursor, Function<AttachFrame, Future<Void>> client) {
        this.backend = backend;
        this.cursor = cursor;
        this.client = client;
    }

    /** @param client is given one frame after the other; completes when it has been taken, fails when no more are wanted */
    static Future<Void> run(Backend backend, Path log, long lines, LogEnd end, Function<AttachFrame, Future<Void>> client) {
        LogQuery last = new LogQuery(OptionalLong.of(lines), Optional.empty(), Optional.empty());
        return backend.work(() -> new LogCursor(log, last, Optional.of(end))).compose(cursor -> {
            Future<Void> told = new AttachReplay(backend, cursor, client).next();
            return told.eventually(() -> backend.work(() -> {
                cursor.close();
                return null;
            }));
        });
    }

    private Future<Void> next() {
        return backend.work(cursor::read).compose(lines -> {
            Future<Void> taken = Future.succeededFuture();
            for (LogLine line : lines) {
                taken = client.apply(frame(line));
            }
            return lines.isEmpty() ? taken : taken.compose(nothing -> next());
        });
    }

    private static AttachFrame frame(LogLine line) {
        byte[] text = line.partial() ? line.text() : Arrays.copyOf(line.text(), line.text().length + 1);
        if (!line.partial()) {
            text[text.length - 1] = '\n';
        }
        return new AttachFrame(line.stream().equals("stderr") ? AttachFrame.STDERR : AttachFrame.STDOUT, text);
    }
}
