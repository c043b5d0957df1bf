package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.http.json.Views;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** {@code /v1/images}. */
final class ImageRoutes {
    private final Backend backend;
    private final Spool spool;

    ImageRoutes(Backend backend) {
        this.backend = backend;
        this.spool = new Spool(backend);
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/images", Set.of("all"), call -> {
            boolean all = call.flag("all", false);
            return backend.read(call, state -> Views.images(state, all)).map(JsonAnswer::ok);
        });
        routes.json(HttpMethod.POST, "/v1/images/import", Set.of("reference", "insecure-policy"), this::importRootfs);
        routes.stream(HttpMethod.POST, "/v1/images/load", Set.of("insecure-policy"), this::load);
        routes.json(HttpMethod.POST, "/v1/images/tag", Set.of("source", "target", "insecure-policy"), this::tag);
        routes.json(HttpMethod.GET, "/v1/images/:ref", Set.of(), this::one);
        routes.json(HttpMethod.DELETE, "/v1/images/:ref", Set.of("force"), this::remove);
    }

    private Future<JsonAnswer> one(Call call) {
        String ref = call.ref();
        return backend.read(call, state -> JsonAnswer.ok(Views.image(state, Images.find(state, ref)
                .orElseThrow(() -> ApiProblem.of(ErrorCode.NOT_FOUND, "there is no image " + ref)))));
    }

    private Future<JsonAnswer> importRootfs(Call call) {
        String reference = NewName.parse(call.required("reference"));
        boolean insecure = insecure(call);
        return spool.receive(call, tar -> backend.work(() -> backend.services().images().importRootfs(tar, reference))
                .compose(upload -> register(call, upload, insecure))
                .map(ImageRoutes::single));
    }

    private Future<JsonAnswer> tag(Call call) {
        String target = NewName.parse(call.required("target"));
        return backend.submit(call, new ImageCommand.TagImage(call.required("source"), target, insecure(call)))
                .map(ImageRoutes::single);
    }

    private Future<JsonAnswer> remove(Call call) {
        return backend.submit(call, new ImageCommand.RemoveImage(call.ref(), call.flag("force", false))).map(granted -> {
            Answer.ImageGone gone = (Answer.ImageGone) granted.answer();
            ObjectNode json = Json.object().put("sequence", granted.sequence());
            json.set("untagged", Json.texts(gone.untagged()));
            json.set("removed", Json.texts(gone.removed()));
            return JsonAnswer.ok(json);
        });
    }

    /** From the first progress on, errors can only be told in the stream itself. */
    private Future<Void> load(Call call) {
        HttpServerResponse response = call.response();
        boolean insecure = insecure(call);
        return spool.receive(call, tar -> {
            response.setChunked(true).putHeader("Content-Type", "application/x-ndjson");
            Queue<Buffer> progress = new ConcurrentLinkedQueue<>();
            AtomicBoolean told = new AtomicBoolean();
            return loadFrom(call, tar, insecure, line -> {
                told.set(true);
                progress.add(line);
                call.context().runOnContext(nothing -> write(response, progress));
            }).map(granted -> loaded(granted).body()).otherwise(failure -> {
                ApiProblem problem = ApiProblem.from(failure);
                if (!told.get()) {
                    throw problem;
                }
                return problem.body();
            }).map(last -> {
                write(response, progress); // what was told on the worker comes before the end, whichever gets here first
                return last;
            });
        }).compose(last -> response.closed() ? Future.succeededFuture() : response.end(Buffer.buffer(Json.line(last))));
    }

    private static void write(HttpServerResponse response, Queue<Buffer> lines) {
        for (Buffer line = lines.poll(); line != null; line = lines.poll()) {
            if (!response.closed() && !response.ended()) {
                response.write(line);
            }
        }
    }

    private Future<Reply.Granted> loadFrom(Call call, Path tar, boolean insecure, Consumer<Buffer> tell) {
        return backend.work(() -> backend.services().images().load(tar, progress -> {
            ObjectNode line = Json.object();
            line.putObject("progress")
                    .put("layer", progress.layer())
                    .put("state", progress.state())
                    .put("bytes", progress.bytes());
            tell.accept(Buffer.buffer(Json.line(line)));
        })).compose(upload -> register(call, upload, insecure));
    }

    /** What the store holds is protected until the book names it. */
    private Future<Reply.Granted> register(Call call, ImageUploads.Upload upload, boolean insecure) {
        return backend.submit(call, new ImageCommand.RegisterImages(upload.arrivals(), insecure))
                .onSuccess(granted -> upload.registered())
                .eventually(() -> backend.work(() -> {
                    upload.close();
                    return null;
                }));
    }

    private static boolean insecure(Call call) {
        return call.flag("insecure-policy", false);
    }

    private static JsonAnswer single(Reply.Granted granted) {
        Answer.ImageEntry entry = images(granted).getFirst();
        return JsonAnswer.ok(Json.object()
                .put("sequence", granted.sequence())
                .put("id", entry.id())
                .put("reference", entry.references().stream().findFirst().map(Images::normalised).orElse("")));
    }

    private static JsonAnswer loaded(Reply.Granted granted) {
        ObjectNode json = Json.object().put("sequence", granted.sequence());
        ArrayNode images = json.putArray("images");
        for (Answer.ImageEntry entry : images(granted)) {
            images.addObject()
                    .put("id", entry.id())
                    .set("references", Json.texts(entry.references().stream().map(Images::normalised).toList()));
        }
        return JsonAnswer.ok(json);
    }

    private static List<Answer.ImageEntry> images(Reply.Granted granted) {
        if (granted.answer() instanceof Answer.Images(List<Answer.ImageEntry> images)) {
            return images;
        }
        throw new IllegalStateException("not an answer about images: " + granted.answer());
    }
}
