package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** What lies in images, and images made of containers: save, history, configurations, export, commit. */
final class ContentRoutes {
    private static final int MAX_COMMIT_BYTES = 1 << 20;
    private static final Set<String> COMMIT_FIELDS = Set.of("reference", "author", "message", "changes", "noPause", "insecurePolicy");

    private final Backend backend;
    private final ImageContents contents;

    ContentRoutes(Backend backend) {
        this.backend = backend;
        this.contents = backend.services().contents();
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.GET, "/v1/images/save", Set.of("names", "format"), this::save);
        routes.json(HttpMethod.GET, "/v1/images/:ref/history", Set.of(), this::history);
        routes.stream(HttpMethod.GET, "/v1/images/:ref/config", Set.of(), this::configuration);
        routes.stream(HttpMethod.GET, "/v1/containers/:ref/export", Set.of(), this::export);
        routes.json(HttpMethod.POST, "/v1/containers/:ref/commit", Set.of(), this::commit);
    }

    private static StoredImage image(State state, String name) {
        return Images.find(state, name).orElseThrow(() -> ApiProblem.of(ErrorCode.NOT_FOUND, "there is no image " + name));
    }

    private Future<Void> save(Call call) {
        State state = backend.state();
        String format = call.text("format").orElse("docker");
        if (!format.equals("docker") && !format.equals("oci")) {
            throw ApiProblem.invalid("the parameter format is docker or oci, not '" + format + "'");
        }
        List<ImageContents.Named> images = new ArrayList<>();
        for (String name : Arrays.asList(call.required("names").split(","))) {
            StoredImage image = image(state, name);
            String reference = Images.normalised(name);
            boolean named = image.id().equals(state.references().get(reference));
            images.add(new ImageContents.Named(image, named ? List.of(reference) : List.of()));
        }
        return TarAnswer.send(backend, call, out -> contents.save(images, format.equals("docker"), out));
    }

    private Future<Void> configuration(Call call) {
        String id = image(backend.state(), call.ref()).id();
        return backend.work(() -> contents.configuration(id)).compose(bytes -> call.response()
                .putHeader("Content-Type", "application/json")
                .end(Buffer.buffer(bytes)));
    }

    /** Newest first, each step with what its layer takes. */
    private Future<JsonAnswer> history(Call call) {
        StoredImage image = image(backend.state(), call.ref());
        return backend.work(() -> {
            JsonNode steps = Json.read(contents.configuration(image.id())).path("history");
            Iterator<StoredLayer> layers = image.layers().iterator();
            List<ObjectNode> found = new ArrayList<>();
            for (JsonNode step : steps) {
                ObjectNode json = Json.object()
                        .put("createdAt", step.path("created").asText(""))
                        .put("createdBy", step.path("created_by").asText(""))
                        .put("comment", step.path("comment").asText(""))
                        .put("author", step.path("author").asText(""));
                if (!step.path("empty_layer").asBoolean(false) && layers.hasNext()) {
                    StoredLayer layer = layers.next();
                    json.put("diffId", layer.diffId()).put("sizeBytes", layer.sizeBytes());
                } else {
                    json.put("sizeBytes", 0);
                }
                found.add(json);
            }
            while (layers.hasNext()) { // an image need not tell how it came to be
                StoredLayer layer = layers.next();
                found.add(Json.object().put("createdAt", "").put("createdBy", "").put("comment", "").put("author", "")
                        .put("diffId", layer.diffId()).put("sizeBytes", layer.sizeBytes()));
            }
            ArrayNode array = Json.array();
            found.reversed().forEach(array::add);
            return JsonAnswer.ok(array);
        });
    }

    private Future<Void> export(Call call) {
        Container container = Backend.require(Lookup.container(backend.state(), call.ref()));
        return TarAnswer.send(backend, call, out -> contents.export(container, out));
    }

    private Future<JsonAnswer> commit(Call call) {
        return call.body(MAX_COMMIT_BYTES).compose(body -> {
            State state = backend.state();
            Container container = Backend.require(Lookup.container(state, call.ref()));
            JsonBody json = JsonBody.read(body.getBytes(), COMMIT_FIELDS);
            ImageContents.Commit commit = new ImageContents.Commit(
                    json.text("reference").filter(name -> !name.isEmpty()).map(NewName::parse).orElse(""),
                    json.text("author").orElse(""),
                    json.text("message").orElse(""),
                    json.texts("changes"));
            boolean insecure = json.flag("insecurePolicy"); // read before there is anything that would be held
            StoredImage image = state.images().get(container.definition().imageId());
            return held(call, container, !json.flag("noPause"), () -> backend.work(() -> contents.commit(image, container, commit)))
                    .compose(upload -> backend.submit(call, new ImageCommand.RegisterImages(upload.arrivals(), insecure))
                            .onSuccess(granted -> upload.registered())
                            .eventually(() -> backend.work(() -> {
                                upload.close();
                                return null;
                            })))
                    .map(ContentRoutes::made);
        });
    }

    /** What was made is given up if the container cannot be let go: the caller is told of a failure, and would not. */
    private Future<ImageUploads.Upload> held(Call call, Container container, boolean still, Supplier<Future<ImageUploads.Upload>> work) {
        if (!still) {
            return work.get();
        }
        String id = container.id().value();
        return backend.submit(call, new ContainerCommand.HoldForCommit(id)).compose(granted -> {
            Future<ImageUploads.Upload> made = work.get();
            return made.eventually(() -> backend.submit(call, new ContainerCommand.ReleaseFromCommit(id)))
                    .onFailure(e -> made.onSuccess(upload -> backend.work(() -> {
                        upload.close();
                        return null;
                    })));
        });
    }

    private static JsonAnswer made(Reply.Granted granted) {
        if (!(granted.answer() instanceof Answer.Images(List<Answer.ImageEntry> images))) {
            throw new IllegalStateException("not an answer about images: " + granted.answer());
        }
        Answer.ImageEntry entry = images.getFirst();
        return JsonAnswer.ok(Json.object()
                .put("sequence", granted.sequence())
                .put("id", entry.id())
                .put("reference", entry.references().stream().findFirst().map(Images::normalised).orElse("")));
    }
}
