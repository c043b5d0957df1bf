package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.BuildListener;
import dev.stowbook.supervisor.execute.BuildSession;
import dev.stowbook.supervisor.execute.BuildWork;
import dev.stowbook.supervisor.http.Builds;
import dev.stowbook.supervisor.model.BuildId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;

/** Lets the API watch builds. */
final class WatchedBuilds implements Builds {
    private final BuildWork builds;

    WatchedBuilds(BuildWork builds) {
        this.builds = builds;
    }

    @Override
    public Watched expect(BuildId build, Path context, SortedMap<String, String> arguments, Watcher watcher) {
        BuildSession session = builds.expect(build, context, arguments, listener(watcher));
        return new Watched() {
            @Override
            public Optional<End> end() {
                return session.end().map(end -> switch (end) {
                    case BuildSession.End.Built(String image) -> new End(image, Optional.empty(), "");
                    case BuildSession.End.Failed failed ->
                        new End("", Optional.of(failed.why().code()), String.valueOf(failed.why().getMessage()));
                });
            }

            @Override
            public void cancel() {
                session.cancel();
            }

            @Override
            public void close() {
                builds.forget(build);
            }
        };
    }

    private static BuildListener listener(Watcher watcher) {
        return new BuildListener() {
            @Override
            public void step(int number, int total, String instruction) {
                watcher.see(new Progress.Step(number, total, instruction));
            }

            @Override
            public void output(String stream, String text) {
                watcher.see(new Progress.Output(stream, text));
            }

            @Override
            public void done(int number, String image, boolean cached, long tookMicros) {
                watcher.see(new Progress.Done(number, image, cached, tookMicros));
            }

            @Override
            public void warning(String sentence) {
                watcher.see(new Progress.Warning(sentence));
            }
        };
    }
}
