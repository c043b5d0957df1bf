package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code inspect}: the first of pod, container, image and network that has the name. */
final class InspectCommand {
    private static final List<String> KINDS = List.of("pods", "containers", "images", "networks");
    private static final List<String> WITH_SLASH = List.of("containers", "images", "pods", "networks");

    private InspectCommand() {}

    static int run(Session session) throws IOException {
        List<@Nullable Object> found = new ArrayList<>();
        int code = ExitCode.OK;
        for (String name : session.arguments().operands()) {
            try {
                found.add(Json.parse(find(session, name)));
            } catch (Failure failure) {
                code = code == ExitCode.OK ? failure.exitCode() : code;
                Session.report(failure, session.err());
            }
        }
        byte[] json = session.arguments().json() ? Json.compact(found) : Json.pretty(found);
        session.out().write(json, 0, json.length);
        session.out().println();
        return code;
    }

    private static byte[] find(Session session, String name) throws IOException {
        String type = session.arguments().option("type");
        List<String> kinds = type == null ? name.indexOf('/') >= 0 ? WITH_SLASH : KINDS : List.of(type + "s");
        if (!KINDS.containsAll(kinds)) {
            throw Failure.usage("--type takes pod, container, image or network, not '" + type + "'.");
        }
        for (String kind : kinds) {
            boolean timed = kind.equals("pods") || kind.equals("containers");
            Query query = new Query("/v1/" + kind + "/" + Api.encode(name)).with("at", timed ? ListCommands.at(session.arguments()) : null);
            try {
                return session.api().get(query.toString());
            } catch (Failure failure) {
                if (failure.exitCode() != ExitCode.NOT_FOUND || kinds.size() == 1) {
                    throw failure;
                }
            }
        }
        throw new Failure(ExitCode.NOT_FOUND, "there is no pod, container, image or network '" + name + "'.");
    }
}
