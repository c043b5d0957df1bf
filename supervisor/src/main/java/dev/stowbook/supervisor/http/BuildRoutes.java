package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.manifest.ManifestError;
import dev.stowbook.supervisor.manifest.StepManifest;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StepSpec;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** {@code POST /v1/build}: a context comes in, what happens goes out line by line, the image or the failure last. */
final class BuildRoutes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> PARAMETERS =
            Set.of("dockerfile", "tags", "target", "arguments", "labels", "cache", "pull", "platform", "run");

    private final Backend backend;
    private final Spool spool;

    BuildRoutes(Backend backend) {
        this.backend = backend;
        this.spool = new Spool(backend);
    }

    void add(RouteTable routes) {
        routes.stream(HttpMethod.POST, "/v1/build", PARAMETERS, this::build);
    }

    private Future<Void> build(Call call) {
        SortedMap<String, String> arguments = map(call, "arguments");
        BuildSpec spec = new BuildSpec(
                call.text("dockerfile").filter(name -> !name.isEmpty()).orElse("Dockerfile"),
                call.text("target").filter(name -> !name.isEmpty()),
                references(call),
                List.copyOf(arguments.keySet()),
                map(call, "labels"),
                call.flag("cache", true),
                call.flag("pull", false),
                call.text("platform").filter(name -> !name.isEmpty()),
                step(call));
        return spool.receive(call, context -> build(call, context, spec, arguments));
    }

    /** How its commands are to run. */
    private static StepSpec step(Call call) {
        Optional<String> text = call.text("run").filter(document -> !document.isEmpty());
        return text.isEmpty() ? StepSpec.defaults() : switch (StepManifest.read("run", text.get().getBytes(StandardCharsets.UTF_8))) {
            case StepManifest.Step(StepSpec spec) -> spec;
            case StepManifest.Wrong(List<ManifestError> errors) -> throw ApiProblem.invalid("how RUN is to run is not right: " + errors.stream()
                    .map(error -> error.path() + (error.path().isEmpty() ? "" : ": ") + error.message())
                    .collect(Collectors.joining(" ")));
        };
    }

    /** From the first line on, a failure can only be told in the stream itself. */
    private Future<Void> build(Call call, Path context, BuildSpec spec, SortedMap<String, String> arguments) {
        HttpServerResponse response = call.response();
        response.setChunked(true).putHeader("Content-Type", "application/x-ndjson");
        PacedLines lines = new PacedLines(call.context(), response);
        BuildId id = new BuildId(call.id());
        Builds.Watched watched = backend.services().builds().expect(id, context, arguments, progress -> tell(lines, progress));
        Runnable giveUp = () -> {
            lines.giveUp();
            watched.cancel();
        };
        response.closeHandler(gone -> giveUp.run());
        if (response.closed()) {
            giveUp.run(); // since before that handler was there
        }
        return backend.submit(call, new BuildCommand.BuildImage(id, spec))
                .map(granted -> last(granted, watched, spec))
                .otherwise(failure -> ApiProblem.from(failure).body())
                .onComplete(any -> watched.close())
                .compose(last -> lines.end(Buffer.buffer(Json.line(last))));
    }

    /** Steps are few; what a command writes may be without end. */
    private static void tell(PacedLines lines, Builds.Progress progress) {
        Buffer line = Buffer.buffer(Json.line(line(progress)));
        switch (progress) {
            case Builds.Progress.Output output -> lines.sayWhenThereIsRoom(line);
            case Builds.Progress.Step step -> lines.say(line);
            case Builds.Progress.Done done -> lines.say(line);
            case Builds.Progress.Warning warning -> lines.say(line);
        }
    }

    private static ObjectNode last(Reply.Granted granted, Builds.Watched watched, BuildSpec spec) {
        Builds.End end = watched.end()
                .orElseGet(() -> new Builds.End("", Optional.of(ErrorCode.UNAVAILABLE), "the build was ended by the daemon: build again"));
        if (end.code().isPresent()) {
            return ApiProblem.of(end.code().get(), end.message()).body();
        }
        ObjectNode json = Json.object().put("sequence", granted.sequence()).put("id", end.image());
        json.set("references", Json.texts(spec.references().stream().map(Images::normalised).toList()));
        return json;
    }

    private static ObjectNode line(Builds.Progress progress) {
        ObjectNode line = Json.object();
        ObjectNode told = line.putObject("progress");
        switch (progress) {
            case Builds.Progress.Step step -> told.put("step", step.number()).put("total", step.total()).put("instruction", step.instruction());
            case Builds.Progress.Output output -> told.put("stream", output.stream()).put("text", output.text());
            case Builds.Progress.Done done -> told.put("done", done.number())
                    .put("image", done.image())
                    .put("cached", done.cached())
                    .put("tookMicros", done.tookMicros());
            case Builds.Progress.Warning warning -> told.put("warning", warning.sentence());
        }
        return line;
    }

    private static List<String> references(Call call) {
        List<String> references = new ArrayList<>();
        for (String tag : call.text("tags").orElse("").split(",")) {
            if (!tag.isEmpty()) {
                references.add(NewName.parse(tag));
            }
        }
        return references;
    }

    /** A parameter that is a JSON object of strings. */
    private static SortedMap<String, String> map(Call call, String name) {
        SortedMap<String, String> map = new TreeMap<>();
        Optional<String> text = call.text(name);
        if (text.isEmpty()) {
            return map;
        }
        try {
            if (JSON.readTree(text.get()) instanceof ObjectNode object) {
                for (var each : object.properties()) {
                    JsonNode value = each.getValue();
                    if (!value.isTextual()) {
                        throw ApiProblem.invalid("the parameter " + name + ": " + each.getKey() + " must be a string");
                    }
                    map.put(each.getKey(), value.asText());
                }
                return map;
            }
        } catch (JsonProcessingException e) {
            throw ApiProblem.invalid("the parameter " + name + " is no JSON: " + e.getOriginalMessage());
        }
        throw ApiProblem.invalid("the parameter " + name + " must be a JSON object of strings");
    }
}
