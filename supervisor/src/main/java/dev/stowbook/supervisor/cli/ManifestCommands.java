package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code apply} and {@code delete}. */
final class ManifestCommands {
    private ManifestCommands() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        List<String> files = arguments.all("file");
        boolean delete = arguments.command().name().equals("delete");
        if (delete && files.isEmpty() != !arguments.operands().isEmpty()) {
            throw Failure.usage("delete takes names or manifests (-f FILE), one of the two.");
        }
        if (!delete && files.isEmpty()) {
            throw Failure.usage("apply takes a manifest: stowbook apply -f FILE, - for standard input.");
        }
        if (arguments.option("lock") != null && !arguments.has("locked")) {
            throw Failure.usage("--lock names the lock file of --locked: say both.");
        }
        if (files.isEmpty()) {
            return session.forEach("removed", name -> session.api().delete(removal(arguments, "/v1/pods/" + Api.encode(name))));
        }
        List<byte[]> answers = new ArrayList<>();
        for (String file : files) {
            byte[] answer = arguments.has("locked")
                    ? locked(session, file)
                    : session.api().send(delete ? "DELETE" : "POST", delete ? removal(arguments, "/v1/pods") : "/v1/pods",
                            "application/yaml", Map.of("X-Manifest-Name", headerText(file)), read(session, file));
            answers.add(answer);
            if (!arguments.json()) {
                for (JsonObject network : Json.object(answer).objects("networks")) {
                    session.out().println(Table.printable("network " + network.text("name") + " " + network.text("action")));
                }
                for (JsonObject pod : Json.object(answer).objects("pods")) {
                    session.out().println(Table.printable(pod.text("name") + " " + pod.text("action")));
                }
            }
        }
        if (arguments.json()) {
            session.printJson(answers);
        }
        return ExitCode.OK;
    }

    private static byte[] locked(Session session, String file) throws IOException {
        String lock = LockCommand.lockOf(session.arguments(), file);
        if (file.equals("-") && lock.equals("-")) {
            throw Failure.usage("standard input cannot be both the manifest and its lock.");
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("manifest", LockCommand.document(file, read(session, file)));
        body.put("lock", LockCommand.read(session, lock));
        return session.api().send("POST", "/v1/pods/locked", "application/json", Map.of(), Json.compact(body));
    }

    /** Deleting ends what runs: within its grace, or at once with --force. */
    private static String removal(Arguments arguments, String path) {
        Long grace = arguments.has("force") ? Long.valueOf(0) : arguments.number("grace");
        return new Query(path).with("force", true).with("grace", grace).toString();
    }

    static byte[] read(Session session, String file) throws IOException {
        if (file.equals("-")) {
            return session.environment().in().readAllBytes();
        }
        try {
            return Files.readAllBytes(Path.of(file));
        } catch (NoSuchFileException e) {
            throw new Failure(ExitCode.FAILURE, "there is no file '" + file + "'.");
        } catch (IOException e) {
            throw new Failure(ExitCode.FAILURE, "the file '" + file + "' cannot be read: " + e.getMessage() + ".");
        }
    }

    /** A header's value may not break the line, and only ASCII travels safely. */
    private static String headerText(String file) {
        StringBuilder out = new StringBuilder(file);
        for (int i = 0; i < out.length(); i++) {
            if (out.charAt(i) < ' ' || out.charAt(i) > '~') {
                out.setCharAt(i, '?');
            }
        }
        return out.toString();
    }
}
