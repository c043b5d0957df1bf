package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code stowbook volume}. */
final class VolumeCommands {
    private VolumeCommands() {}

    static int run(Session session) throws IOException {
        return switch (session.arguments().command().name()) {
            case "volume create" -> create(session);
            case "volume ls" -> list(session);
            case "volume inspect" -> InspectCommand.of(session, "volumes");
            case "volume prune" -> prune(session);
            default -> session.forEach("removed", name -> session.api().delete("/v1/volumes/" + Api.encode(name)));
        };
    }

    private static int create(Session session) throws IOException {
        Arguments arguments = session.arguments();
        Map<String, Object> body = new LinkedHashMap<>();
        if (!arguments.operands().isEmpty()) {
            body.put("name", arguments.operand(0));
        }
        if (arguments.option("driver") != null) {
            body.put("driver", arguments.option("driver"));
        }
        body.put("options", pairs(arguments, "opt"));
        body.put("labels", pairs(arguments, "label"));
        String size = arguments.option("size");
        if (size != null) {
            body.put("sizeLimitBytes", Sizes.parse(size));
        }
        byte[] answer = session.api().send("POST", "/v1/volumes", "application/json", Map.of(), Json.compact(body));
        if (arguments.json()) {
            session.printJson(answer);
        } else {
            session.out().println(Table.printable(Json.object(answer).text("name")));
        }
        return ExitCode.OK;
    }

    private static Map<String, Object> pairs(Arguments arguments, String option) {
        Map<String, Object> pairs = new LinkedHashMap<>();
        for (String pair : arguments.all(option)) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw Failure.usage("--" + option + " takes NAME=VALUE, not '" + pair + "'.");
            }
            pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return pairs;
    }

    private static int list(Session session) throws IOException {
        byte[] answer = session.api().get(new Query("/v1/volumes").with("at", ListCommands.at(session.arguments())).toString());
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        Table table = new Table(2, "VOLUME", "DRIVER", "STATE", "PODS", "AGE", "PATH");
        for (JsonObject volume : Json.objects(answer)) {
            if (session.arguments().has("quiet")) {
                session.out().println(volume.text("name"));
                continue;
            }
            String name = volume.truth("anonymous") ? ListCommands.shortId(volume.text("name")) + " (anonymous)" : volume.text("name");
            table.row(Colour.NONE, name, volume.text("driver"), volume.text("state"), String.join(", ", volume.texts("pods")),
                    Times.since(volume.text("createdAt")), volume.text("path"));
        }
        if (!session.arguments().has("quiet")) {
            session.print(table);
        }
        return ExitCode.OK;
    }

    /** Without --force it only says what it would do: what is gone is gone. */
    private static int prune(Session session) throws IOException {
        if (session.arguments().has("force")) {
            byte[] answer = session.api().post("/v1/volumes/prune");
            if (session.arguments().json()) {
                session.printJson(answer);
                return ExitCode.OK;
            }
            JsonObject pruned = Json.object(answer);
            pruned.texts("removed").forEach(name -> session.out().println(Table.printable(name + " removed")));
            List<String> kept = pruned.texts("kept");
            if (!kept.isEmpty()) {
                throw new Failure(ExitCode.FAILURE, "not removed: " + String.join(", ", kept) + "; 'stowbook events' says why.");
            }
            return ExitCode.OK;
        }
        List<String> unused = new ArrayList<>();
        for (JsonObject volume : Json.objects(session.api().get("/v1/volumes"))) {
            if (volume.texts("pods").isEmpty()) {
                unused.add(volume.text("name"));
            }
        }
        if (unused.isEmpty()) {
            session.out().println("every volume is used by a pod");
            return ExitCode.OK;
        }
        throw Failure.usage("this would remove " + String.join(", ", unused) + " with all that is in them; say 'stowbook volume prune --force'.");
    }
}
