package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Watches builds that are over before they begin: of a context that begins with {@code bad} none comes to an image. */
final class FakeBuilds implements Builds {
    static final String IMAGE = "sha256:" + "ab".repeat(32);

    final AtomicInteger open = new AtomicInteger();

    @Override
    public Watched expect(BuildId build, Path context, SortedMap<String, String> arguments, Watcher watcher) {
        open.incrementAndGet();
        End end = end(context);
        watcher.see(new Progress.Step(1, 2, "FROM scratch " + arguments));
        watcher.see(new Progress.Output("stdout", "hello\n"));
        watcher.see(new Progress.Warning("mind the gap"));
        watcher.see(new Progress.Done(1, IMAGE, false, 1234));
        return new Watched() {
            @Override
            public Optional<End> end() {
                return Optional.of(end);
            }

            @Override
            public void cancel() {
                // nothing runs
            }

            @Override
            public void close() {
                open.decrementAndGet();
            }
        };
    }

    private static End end(Path context) {
        try {
            return Files.readString(context).startsWith("bad")
                    ? new End("", Optional.of(ErrorCode.INVALID), "Dockerfile:1: there is no FROM")
                    : new End(IMAGE, Optional.empty(), "");
        } catch (IOException e) {
            return new End("", Optional.of(ErrorCode.INTERNAL), e.toString());
        }
    }
}
