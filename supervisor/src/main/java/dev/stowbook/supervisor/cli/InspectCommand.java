package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code inspect}: the first of pod, container, image, network and volume that has the name. */
final class InspectCommand {
    private static final List<String> KINDS = List.of("pods", "containers", "images", "networks", "volumes");
    private static final List<String> WITH_SLASH = List.of("containers", "images", "pods", "networks", "volumes");

    private InspectCommand() {}

    static int run(Session session) throws IOException {
        String type = session.arguments().option("type");
        return of(session, type == null ? null : type + "s");
    }

    /** As {@link #run}, among things of one kind, or of any. */
    static int of(Session session, @Nullable String kind) throws IOException {
        List<@Nullable Object> found = new ArrayList<>();
        int code = ExitCode.OK;
        for (String name : session.arguments().operands()) {
            try {
                found.add(Json.parse(find(session, name, kind)));
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

    private static byte[] find(Session session, String name, @Nullable String only) throws IOException {
        List<String> kinds = only == null ? name.indexOf('/') >= 0 ? WITH_SLASH : KINDS : List.of(only);
        for (String kind : kinds) {
            boolean timed = kind.equals("pods") || kind.equals("containers") || kind.equals("volumes");
            Query query = new Query("/v1/" + kind + "/" + Api.encode(name)).with("at", timed ? ListCommands.at(session.arguments()) : null);
            try {
                return session.api().get(query.toString());
            } catch (Failure failure) {
                if (failure.exitCode() != ExitCode.NOT_FOUND || kinds.size() == 1) {
                    throw failure;
                }
            }
        }
        throw new Failure(ExitCode.NOT_FOUND, "there is no pod, container, image, network or volume '" + name + "'.");
    }
}
