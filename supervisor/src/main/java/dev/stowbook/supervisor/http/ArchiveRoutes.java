package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.state.Lookup;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.Base64;
import java.util.Set;

/** {@code /v1/containers/{ref}/archive}: files in and out of containers, as tars. */
final class ArchiveRoutes {
    private static final String PATH = "/v1/containers/:ref/archive";
    private static final String FOUND = "X-Stowbook-File";

    private final Backend backend;
    private final ContainerFiles files;
    private final Spool spool;

    ArchiveRoutes(Backend backend) {
        this.backend = backend;
        this.files = backend.services().files();
        this.spool = new Spool(backend);
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.HEAD, PATH, Set.of("path", "follow"), this::find);
        routes.stream(HttpMethod.GET, PATH, Set.of("path", "follow"), this::read);
        routes.json(HttpMethod.PUT, PATH, Set.of("path", "owners"), this::write);
    }

    private ContainerId container(Call call) {
        return Backend.require(Lookup.container(backend.state(), call.ref())).id();
    }

    private Future<Void> find(Call call) {
        ContainerId container = container(call);
        String path = call.required("path");
        boolean follow = call.flag("follow", false);
        return backend.work(() -> files.find(container, path, follow)).compose(found -> call.response()
                .putHeader("Content-Type", "application/x-tar")
                .putHeader(FOUND, header(found))
                .end());
    }

    private static String header(ContainerFiles.Found found) {
        ObjectNode json = Json.object()
                .put("name", found.name())
                .put("path", found.path())
                .put("type", found.type())
                .put("permissions", "%04o".formatted(found.permissions()))
                .put("sizeBytes", found.sizeBytes())
                .put("modifiedAt", found.modifiedAt().toString());
        found.linkTarget().ifPresent(target -> json.put("linkTarget", target));
        return Base64.getEncoder().encodeToString(Json.bytes(json));
    }

    private Future<Void> read(Call call) {
        ContainerId container = container(call);
        String path = call.required("path");
        boolean follow = call.flag("follow", false);
        return TarAnswer.send(backend, call, out -> files.read(container, path, follow, out));
    }

    /** Nothing is copied before the upload is whole: a client that goes away leaves no half of it behind, and a slow one holds up no start. */
    private Future<JsonAnswer> write(Call call) {
        ContainerId container = container(call);
        String path = call.required("path");
        boolean owners = call.flag("owners", false);
        return spool.receive(call, tar -> backend.work(() -> files.write(container, path, owners, tar)).compose(copied -> recorded(call, container, copied)));
    }

    private Future<JsonAnswer> recorded(Call call, ContainerId container, ContainerFiles.Copied copied) {
        ContainerCommand.RecordCopy command = new ContainerCommand.RecordCopy(
                container.value(), copied.path(), copied.entries(), copied.bytes(), copied.failure().isEmpty());
        return backend.submit(call, command).compose(granted -> copied.failure().isPresent()
                ? Future.failedFuture(copied.failure().get())
                : Future.succeededFuture(JsonAnswer.ok(Json.object()
                        .put("sequence", granted.sequence())
                        .put("id", container.value())
                        .put("path", copied.path())
                        .put("entries", copied.entries())
                        .put("bytes", copied.bytes()))));
    }
}
