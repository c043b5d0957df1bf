package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.manifest.LockFiles;
import dev.stowbook.supervisor.manifest.LockText;
import dev.stowbook.supervisor.manifest.ManifestError;
import dev.stowbook.supervisor.manifest.ManifestResult;
import dev.stowbook.supervisor.manifest.Manifests;
import dev.stowbook.supervisor.manifest.PullWish;
import dev.stowbook.supervisor.model.ImageLock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /v1/images/lock} makes locks of manifests' images, {@code /v1/pods/locked} applies a manifest with one. */
final class LockRoutes {
    private static final int BODY_BYTES = 16 << 20;
    private static final Set<String> DOCUMENT = Set.of("name", "text");

    private final Backend backend;

    LockRoutes(Backend backend) {
        this.backend = backend;
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.POST, "/v1/images/lock", Set.of(), this::lock);
        routes.json(HttpMethod.POST, "/v1/pods/locked", Set.of(), this::apply);
    }

    /** What a lock is asked for. */
    private record Wanted(List<PullWish> images, List<Platform> platforms, boolean json, Optional<ImageLock> former) {}

    private Future<JsonAnswer> lock(Call call) {
        return call.body(BODY_BYTES)
                .compose(body -> backend.work(() -> wanted(JsonBody.read(body.getBytes(), Set.of("manifests", "platforms", "format", "lock")))))
                .compose(wanted -> new LockMaking(backend, wanted.former().isPresent()).make(call, wanted.images(), wanted.platforms()).map(lock -> answer(wanted, lock)));
    }

    private static Wanted wanted(JsonBody body) {
        List<PullWish> images = new ArrayList<>();
        for (JsonBody manifest : body.objects("manifests", DOCUMENT)) {
            images.addAll(manifest(manifest).images());
        }
        if (images.isEmpty()) {
            throw ApiProblem.invalid("the field manifests names no pod whose images could be locked");
        }
        boolean json = switch (body.text("format").orElse("yaml")) {
            case "yaml" -> false;
            case "json" -> true;
            case String other -> throw ApiProblem.invalid("the field format is yaml or json, not '" + other + "'");
        };
        return new Wanted(images, LockMaking.platforms(body.texts("platforms")), json, body.object("lock", DOCUMENT).map(LockRoutes::locked));
    }

    private static JsonAnswer answer(Wanted wanted, ImageLock lock) {
        ObjectNode json = Json.object().put("text", wanted.json() ? LockText.json(lock) : LockText.yaml(lock));
        ArrayNode images = json.putArray("images");
        lock.images().forEach(image -> images.addObject().put("image", image.image()).put("platform", image.platform()).put("tree", image.tree()));
        if (wanted.former().isPresent()) {
            ArrayNode differences = json.putArray("differences");
            wanted.former().get().differences(lock).forEach(each -> differences.addObject()
                    .put("image", each.image())
                    .put("platform", each.platform())
                    .put("what", each.what())
                    .put("was", each.was())
                    .put("is", each.is()));
        }
        return JsonAnswer.ok(json);
    }

    /** A manifest with the lock that it is held to. */
    private record Held(ManifestResult.Pods pods, ImageLock lock, String file) {}

    private Future<JsonAnswer> apply(Call call) {
        return call.body(BODY_BYTES)
                .compose(body -> backend.work(() -> held(JsonBody.read(body.getBytes(), Set.of("manifest", "lock")))))
                .compose(held -> new LockedApply(backend, held.lock(), held.file())
                        .pinned(call, held.pods().specs(), held.pods().images())
                        .compose(pods -> backend.submit(call, new PodCommand.ApplyPods(held.pods().networks(), pods))))
                .map(PodRoutes::actions);
    }

    private static Held held(JsonBody body) {
        JsonBody manifest = body.object("manifest", DOCUMENT).orElseThrow(() -> ApiProblem.invalid("the field manifest is missing"));
        JsonBody lock = body.object("lock", DOCUMENT).orElseThrow(() -> ApiProblem.invalid("the field lock is missing"));
        return new Held(manifest(manifest), locked(lock), lock.text("name").orElse("-"));
    }

    private static ManifestResult.Pods manifest(JsonBody document) {
        return switch (Manifests.read(document.text("name").orElse("-"), bytes(document))) {
            case ManifestResult.Pods pods -> pods;
            case ManifestResult.Errors errors -> throw ApiProblem.manifest(errors.errors());
        };
    }

    private static ImageLock locked(JsonBody document) {
        return switch (LockFiles.read(document.text("name").orElse("-"), bytes(document))) {
            case LockFiles.Read.Lock lock -> lock.lock();
            case LockFiles.Read.Errors(List<ManifestError> errors) -> throw ApiProblem.manifest(errors);
        };
    }

    private static byte[] bytes(JsonBody document) {
        return document.required("text").getBytes(StandardCharsets.UTF_8);
    }
}
