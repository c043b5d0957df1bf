package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.supervisor.build.BuildException;
import dev.stowbook.supervisor.build.BuildHost;
import dev.stowbook.supervisor.build.BuildOptions;
import dev.stowbook.supervisor.build.Builder;
import dev.stowbook.supervisor.build.Platforms;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.image.ContentStore;
import dev.stowbook.supervisor.image.LayerLimits;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Build;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Builds images, each on a thread of its own. What comes of every step goes through the loop. */
public final class BuildWork {

    /** Where commands go, and where their replies come from. */
    public interface Asker {
        CompletableFuture<Reply> ask(Command command, Actor actor, long causeSequence, String request);
    }

    /** Reads on in a container's output. */
    public interface Output extends AutoCloseable {
        /** The next of what there is, pairs of stream and text; nothing if there is nothing more for now. */
        List<Map.Entry<String, String>> read() throws IOException;

        /** Whether something was gone before it could be read. */
        boolean hasGaps();

        @Override
        void close() throws IOException;
    }

    /** Opens containers' output, from the beginning. */
    public interface Outputs {
        Output of(ContainerId container) throws IOException;
    }

    /** What comes from elsewhere; it is given up when nobody waits for the build any more. */
    public interface Net {
        /** Brings an image here that is not, or asks anew for it. */
        void pull(String reference, Platform platform, BuildSession session) throws BuildException;

        /** Fetches a file as {@link BuildHost#fetch} says. Can be interrupted. */
        BuildHost.Fetched fetch(URI address, OutputStream to) throws IOException, InterruptedException;
    }

    /**
     * What it takes.
     *
     * @param newest the newest durable state
     * @param limits what contexts and archives may unpack to
     * @param tmp where files without names may grow
     */
    public record Parts(
            ContentStore store,
            GuardedDriver<GraphDriver> graph,
            Asker asker,
            Supplier<State> newest,
            Outputs outputs,
            Net net,
            LayerLimits limits,
            Path tmp) {}

    private final Parts parts;
    private final Map<BuildId, BuildSession> sessions = new ConcurrentHashMap<>();

    public BuildWork(Parts parts) {
        this.parts = parts;
    }

    /**
     * Tells of a build before it is asked for.
     *
     * @param context the file that holds the context's tar
     * @param arguments values of ARG
     */
    public BuildSession expect(BuildId build, Path context, SortedMap<String, String> arguments, BuildListener listener) {
        BuildSession session = new BuildSession(context, arguments, listener);
        sessions.put(build, session);
        return session;
    }

    /** Forgets a build that is over or was refused. */
    public void forget(BuildId build) {
        sessions.remove(build);
    }

    void build(Effect.BuildImage effect, Outcomes.Origin origin) {
        Thread.ofPlatform().daemon().name("build-" + effect.build()).start(() -> run(effect, origin));
    }

    private void run(Effect.BuildImage effect, Outcomes.Origin origin) {
        long begun = System.nanoTime();
        BuildSession session = sessions.get(effect.build());
        BuildSession.End end;
        try {
            end = new BuildSession.End.Built(build(effect, origin, session));
        } catch (BuildException e) {
            end = new BuildSession.End.Failed(e);
        } catch (IOException e) {
            end = new BuildSession.End.Failed(new BuildException(ErrorCode.INTERNAL, "the context cannot be read: " + e.getMessage(), e));
        } catch (RuntimeException | StackOverflowError e) {
            end = new BuildSession.End.Failed(new BuildException(ErrorCode.INTERNAL, "the build failed: " + e, e));
        }
        if (session != null) {
            session.ended(end);
        }
        long micros = (System.nanoTime() - begun) / 1000;
        StepEvent outcome = switch (end) {
            case BuildSession.End.Built(String image) -> new StepEvent.BuildFinished(effect.step(), effect.build(), image, micros);
            case BuildSession.End.Failed(BuildException why) -> new StepEvent.BuildFailed(
                    effect.step(), effect.build(), at(effect.build()), why.code().name(), String.valueOf(why.getMessage()), micros);
        };
        parts.asker().ask(new Report.CompleteStep(outcome), Actor.daemon("builder"), origin.sequence(), origin.cause().request());
    }

    private int at(BuildId build) {
        return Optional.ofNullable(parts.newest().get().builds().running().get(build)).map(Build::step).orElse(0);
    }

    private String build(Effect.BuildImage effect, Outcomes.Origin origin, BuildSession session) throws BuildException, IOException {
        if (session == null) {
            throw new BuildException(ErrorCode.UNAVAILABLE, "the context is gone: build again");
        }
        BuildSpec spec = effect.spec();
        Platform platform = Platform.ofHost();
        if (spec.platform().isPresent()) {
            platform = Platforms.parse(spec.platform().get()).orElseThrow(() -> new BuildException(
                    ErrorCode.INVALID, "\"" + spec.platform().get() + "\" is no platform: write linux/amd64 or linux/arm64/v8"));
        }
        BuildOptions options = new BuildOptions(
                spec.dockerfile(), spec.target(), session.arguments(), spec.labels(), spec.cache(), spec.pull(), platform, parts.limits());
        try (InputStream context = Files.newInputStream(session.context());
                BuildSteps host = new BuildSteps(parts, effect.build(), spec.step(), session, origin)) {
            BuildHost.Image image = Builder.build(host, options, context, parts.tmp(), Instant.now());
            return image.id();
        }
    }
}
