package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.http.json.Json;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The store kept in order: fsck, prune, collection of garbage. */
final class CareRoutes {
    private final Backend backend;
    private final StoreCare care;

    CareRoutes(Backend backend) {
        this.backend = backend;
        this.care = backend.services().care();
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.POST, "/v1/images/fsck", Set.of("repair", "progress"), this::check);
        routes.json(HttpMethod.POST, "/v1/images/prune", Set.of("all", "dry-run"), this::prune);
        routes.json(HttpMethod.POST, "/v1/images/gc", Set.of("dry-run"), this::collect);
    }

    /** One document; or with {@code progress} lines of how far it is, and that document as the last one. */
    private Future<Void> check(Call call) {
        boolean repair = call.flag("repair", false);
        HttpServerResponse response = call.response();
        if (!call.flag("progress", false)) {
            return backend.work(() -> checked(care.check(repair, (layer, layers, bytes, total) -> {})))
                    .compose(json -> response.putHeader("Content-Type", "application/json").end(Buffer.buffer(Json.bytes(json))));
        }
        response.setChunked(true).putHeader("Content-Type", "application/x-ndjson");
        Queue<Buffer> lines = new ConcurrentLinkedQueue<>();
        return backend.work(() -> checked(care.check(repair, (layer, layers, bytes, total) -> {
                    lines.add(Buffer.buffer(Json.line(progress(layer, layers, bytes, total))));
                    call.context().runOnContext(nothing -> write(response, lines));
                })))
                .otherwise(failure -> {
                    if (response.headWritten()) {
                        return ApiProblem.from(failure).body();
                    }
                    throw ApiProblem.from(failure);
                })
                .compose(last -> {
                    write(response, lines); // what was told on the worker comes before the end, whichever gets here first
                    return response.closed() ? Future.succeededFuture() : response.end(Buffer.buffer(Json.line(last)));
                });
    }

    /** Whoever reads slowly misses some of it. */
    private static void write(HttpServerResponse response, Queue<Buffer> lines) {
        for (Buffer line = lines.poll(); line != null; line = lines.poll()) {
            if (!response.closed() && !response.ended() && !response.writeQueueFull()) {
                response.write(line);
            }
        }
    }

    private static ObjectNode progress(int layer, int layers, long bytes, long total) {
        ObjectNode line = Json.object();
        line.putObject("progress").put("layer", layer).put("layers", layers).put("bytes", bytes).put("total", total);
        return line;
    }

    private static ObjectNode checked(List<StoreCare.Found> found) {
        ObjectNode json = Json.object().put("sound", found.stream().allMatch(StoreCare.Found::repaired));
        ArrayNode findings = json.putArray("findings");
        for (StoreCare.Found each : found) {
            ObjectNode one = findings.addObject()
                    .put("kind", each.kind())
                    .put("what", each.what())
                    .put("name", each.name())
                    .put("detail", each.detail())
                    .put("repaired", each.repaired())
                    .put("remedy", each.remedy());
            one.set("images", Json.texts(each.images()));
        }
        return json;
    }

    private Future<JsonAnswer> prune(Call call) {
        boolean all = call.flag("all", false);
        boolean dryRun = call.flag("dry-run", false);
        return backend.work(() -> care.unused(all)).compose(items -> (dryRun ? Future.succeededFuture(items) : remove(call, items))
                .map(gone -> JsonAnswer.ok(json(gone, dryRun))));
    }

    private Future<JsonAnswer> collect(Call call) {
        boolean dryRun = call.flag("dry-run", false);
        return (dryRun ? backend.work(this::wouldGo) : removeAll(call)).compose(gone -> backend.work(() -> {
            StoreCare.Disk disk = care.disk();
            ObjectNode json = json(gone, dryRun);
            json.putObject("disk")
                    .put("usedPercent", disk.usedPercent())
                    .put("highPercent", disk.highPercent())
                    .put("lowPercent", disk.lowPercent());
            return JsonAnswer.ok(json);
        }));
    }

    private List<StoreCare.Item> wouldGo() throws ImageUploads.UploadRefused, IOException {
        List<StoreCare.Item> all = new ArrayList<>(care.unknown());
        all.addAll(care.excess(all.stream().mapToLong(StoreCare.Item::freesBytes).sum()));
        return all;
    }

    /** Content that nobody knows goes first: how full the disk is then says which images have to go as well. */
    private Future<List<StoreCare.Item>> removeAll(Call call) {
        return backend.work(() -> {
            List<StoreCare.Item> unknown = care.unknown();
            care.collect();
            return unknown;
        }).compose(unknown -> backend.work(() -> care.excess(0)).compose(images -> remove(call, images)).map(removed -> {
            List<StoreCare.Item> both = new ArrayList<>(unknown);
            both.addAll(removed);
            return both;
        }));
    }

    /** One after the other; one that somebody began to use meanwhile is left. */
    private Future<List<StoreCare.Item>> remove(Call call, List<StoreCare.Item> items) {
        List<StoreCare.Item> removed = new ArrayList<>();
        Future<Void> done = Future.succeededFuture();
        for (StoreCare.Item item : items) {
            done = done.compose(before -> backend.submit(call, new ImageCommand.RemoveImage(item.image(), true))
                    .<Void>map(granted -> {
                        removed.add(item);
                        return null;
                    })
                    .otherwise(refused -> null));
        }
        return done.map(nothing -> removed);
    }

    private static ObjectNode json(List<StoreCare.Item> items, boolean dryRun) {
        ObjectNode json = Json.object().put("dryRun", dryRun).put("freesBytes", items.stream().mapToLong(StoreCare.Item::freesBytes).sum());
        ArrayNode array = json.putArray("items");
        for (StoreCare.Item item : items) {
            ObjectNode one = array.addObject().put("name", item.name()).put("freesBytes", item.freesBytes()).put("why", item.why());
            one.set("references", Json.texts(item.references()));
        }
        return json;
    }
}
