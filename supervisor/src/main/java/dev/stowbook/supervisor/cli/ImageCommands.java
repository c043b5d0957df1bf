package dev.stowbook.supervisor.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code image import}, {@code load}, {@code rm}, {@code tag}. */
final class ImageCommands {
    private ImageCommands() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        return switch (arguments.command().name()) {
            case "image import" -> importTar(session);
            case "image load" -> load(session);
            case "image tag" -> {
                byte[] answer = session.api().post(new Query("/v1/images/tag").with("source", arguments.operand(0)).with("target", arguments.operand(1)).with("insecure-policy", insecure(session)).toString());
                yield done(session, answer, arguments.operand(1) + " " + ListCommands.shortId(Json.object(answer).text("id")));
            }
            default -> session.forEach("removed",
                    name -> session.api().delete(new Query("/v1/images/" + Api.encode(name)).with("force", arguments.has("force") ? true : null).toString()));
        };
    }

    private static @Nullable Boolean insecure(Session session) {
        return session.arguments().has("insecure-policy") ? true : null;
    }

    private static int done(Session session, byte[] answer, String sentence) {
        if (session.arguments().json()) {
            session.printJson(answer);
        } else {
            session.out().println(Table.printable(sentence));
        }
        return ExitCode.OK;
    }

    private static int importTar(Session session) throws IOException {
        String source = session.arguments().operand(0);
        String name = session.arguments().operand(1);
        Progress progress = new Progress(session.environment());
        RequestBody tar = Files.isDirectory(Path.of(source)) ? directory(Path.of(source), progress, session) : file(source, progress, session);
        Query query = new Query("/v1/images/import").with("reference", name).with("insecure-policy", insecure(session));
        byte[] answer;
        try (HttpResponse response = session.api().call("POST", query.toString(), Map.of("Content-Type", "application/x-tar"), tar)) {
            answer = response.bytes();
        } finally {
            progress.clear();
        }
        JsonObject image = Json.object(answer);
        return done(session, answer, image.text("reference") + " " + ListCommands.shortId(image.text("id")));
    }

    private static int load(Session session) throws IOException {
        Arguments arguments = session.arguments();
        String input = arguments.option("input");
        String source = input != null ? input : arguments.operands().isEmpty() ? "-" : arguments.operand(0);
        Progress progress = new Progress(session.environment());
        JsonObject last = JsonObject.of(null);
        byte[] answer = new byte[0];
        try (HttpResponse response = session.api().call("POST", new Query("/v1/images/load").with("insecure-policy", insecure(session)).toString(), Map.of("Content-Type", "application/x-tar"), file(source, progress, session));
                BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answer = line.getBytes(StandardCharsets.UTF_8);
                last = Json.object(answer);
                JsonObject step = last.object("progress");
                progress.show("layer " + ListCommands.shortId(step.text("layer")) + " " + step.text("state") + " " + Sizes.of(step.number("bytes", 0)));
            }
        } finally {
            progress.clear();
        }
        if (last.has("error")) {
            throw Api.refusal(last.object("error"), 500);
        }
        if (!last.has("images")) {
            throw new Failure(ExitCode.FAILURE, "the daemon broke off while loading; 'stowbook image ls' shows what is there.");
        }
        StringBuilder names = new StringBuilder();
        for (JsonObject image : last.objects("images")) {
            List<String> references = image.texts("references");
            names.append(names.isEmpty() ? "" : "\n").append(Table.printable(references.isEmpty() ? "-" : String.join(", ", references))).append(' ')
                    .append(ListCommands.shortId(image.text("id")));
        }
        if (arguments.json()) {
            session.printJson(answer);
        } else {
            session.out().println(names);
        }
        return ExitCode.OK;
    }

    private static RequestBody file(String source, Progress progress, Session session) throws IOException {
        boolean standardInput = source.equals("-");
        Path path = Path.of(source);
        if (!standardInput && !Files.isReadable(path)) {
            throw new Failure(ExitCode.FAILURE, "the file '" + source + "' " + (Files.exists(path) ? "cannot be read." : "does not exist."));
        }
        if (!standardInput && Files.isDirectory(path)) {
            throw new Failure(ExitCode.FAILURE, "'" + source + "' is a directory: load takes an archive; 'stowbook image import' takes directories.");
        }
        boolean sized = !standardInput && Files.isRegularFile(path);
        return new Upload(progress, "").body(sized ? Files.size(path) : -1, out -> {
            // System.in is left open: it is not ours.
            if (standardInput) {
                session.environment().in().transferTo(out);
            } else {
                try (InputStream in = Files.newInputStream(path)) {
                    in.transferTo(out);
                }
            }
        });
    }

    private static RequestBody directory(Path directory, Progress progress, Session session) {
        Upload upload = new Upload(progress, "");
        return upload.body(out -> upload.leftOut(session, DirectoryTar.write(directory, out)));
    }
}
