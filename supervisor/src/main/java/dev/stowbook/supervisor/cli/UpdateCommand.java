package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code update}: other limits for containers, or with {@code --pod} for pods as a whole. */
final class UpdateCommand {
    private UpdateCommand() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        String file = arguments.option("file");
        Map<String, Object> change = LimitOptions.of(arguments);
        if ((file == null) == change.isEmpty()) {
            throw Failure.usage("update takes limits as options (--memory 64Mi) or in a file (-f FILE), one of the two.");
        }
        byte[] body = file == null ? Json.compact(change) : read(session, file);
        String kind = arguments.has("pod") ? "/v1/pods/" : "/v1/containers/";
        List<byte[]> answers = new ArrayList<>();
        for (String name : arguments.operands()) {
            byte[] answer = session.api().send("PATCH", kind + Api.encode(name), "application/yaml",
                    Map.of("X-Manifest-Name", file == null ? "options" : "limits"), body);
            answers.add(answer);
            if (!arguments.json()) {
                print(session, name, Json.object(answer));
            }
        }
        if (arguments.json()) {
            session.printJson(answers);
        }
        return ExitCode.OK;
    }

    private static void print(Session session, String name, JsonObject answer) {
        session.out().println(Table.printable(name + (answer.truth("live") ? " updated" : " updated: the limits hold from its next start on")));
        for (String sentence : answer.texts("clamped")) {
            session.out().println(Table.printable("  " + sentence));
        }
    }

    private static byte[] read(Session session, String file) throws IOException {
        if (file.equals("-")) {
            return session.environment().in().readAllBytes();
        }
        try {
            return Files.readAllBytes(Path.of(file));
        } catch (IOException e) {
            throw new Failure(ExitCode.FAILURE, "the file '" + file + "' cannot be read: " + e.getMessage() + ".");
        }
    }
}
