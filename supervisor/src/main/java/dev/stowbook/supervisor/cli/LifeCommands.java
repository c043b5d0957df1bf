package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code start}, {@code stop}, {@code pause}, {@code resume}, {@code kill}, {@code rm}, {@code wait}. */
final class LifeCommands {
    private LifeCommands() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        Api api = session.api();
        return switch (arguments.command().name()) {
            case "start" -> session.forEach("started", name -> api.post("/v1/pods/" + Api.encode(name) + "/start"));
            case "stop" -> session.forEach("stopped", name -> either(api, name, "/stop", new Query("").with("grace", arguments.number("grace"))));
            case "pause" -> session.forEach("paused", name -> either(api, name, "/pause", new Query("")));
            case "resume" -> session.forEach("resumed", name -> either(api, name, "/resume", new Query("")));
            case "kill" -> session.forEach("killed", name -> either(api, name, "/kill", new Query("").with("signal", signal(arguments))));
            case "rm" -> session.forEach("removed",
                    name -> api.delete(new Query("/v1/pods/" + Api.encode(name)).with("force", arguments.has("force")).toString()));
            default -> await(session);
        };
    }

    private static String signal(Arguments arguments) {
        String signal = arguments.option("signal");
        if (signal == null) {
            return "KILL";
        }
        String upper = signal.toUpperCase(Locale.ROOT);
        return upper.startsWith("SIG") ? upper.substring(3) : upper;
    }

    /** A name with a slash is a container's. Another may be a pod's or, as an id, a container's. */
    private static byte[] either(Api api, String name, String verb, Query query) throws IOException {
        String rest = Api.encode(name) + verb + query;
        if (name.indexOf('/') >= 0) {
            return api.post("/v1/containers/" + rest);
        }
        try {
            return api.post("/v1/pods/" + rest);
        } catch (Failure failure) {
            if (failure.exitCode() != ExitCode.NOT_FOUND) {
                throw failure;
            }
            return orElse(failure, () -> api.post("/v1/containers/" + rest));
        }
    }

    private interface Attempt {
        byte[] run() throws IOException;
    }

    /** Tries something else; if that is not found either, the first failure is the one to tell. */
    private static byte[] orElse(Failure first, Attempt attempt) throws IOException {
        try {
            return attempt.run();
        } catch (Failure second) {
            throw second.exitCode() == ExitCode.NOT_FOUND ? first : second;
        }
    }

    private static int await(Session session) throws IOException {
        List<byte[]> answers = new ArrayList<>();
        int code = ExitCode.OK;
        for (String name : session.arguments().operands()) {
            byte[] answer = session.api().post("/v1/containers/" + Api.encode(name) + "/wait");
            answers.add(answer);
            String note = Json.object(answer).text("note");
            if (!note.isEmpty()) {
                session.err().println("stowbook: " + Table.printable(note) + ".");
            }
            code = (int) Json.object(answer).number("exitCode", ExitCode.FAILURE) & 0xff;
            if (!session.arguments().json()) {
                session.out().println(code);
            }
        }
        if (session.arguments().json()) {
            session.printJson(answers);
        }
        return code;
    }
}
