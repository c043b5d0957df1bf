package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code image save}, {@code image history}, {@code export}, {@code commit}. */
final class ContentCommands {
    private ContentCommands() {}

    static int run(Session session) throws IOException {
        return switch (session.arguments().command().name()) {
            case "image save" -> save(session);
            case "image history" -> history(session);
            case "export" -> toFile(session, "/v1/containers/" + Api.encode(session.arguments().operand(0)) + "/export", "the tar");
            default -> commit(session);
        };
    }

    private static int save(Session session) throws IOException {
        String format = session.arguments().option("format");
        Query query = new Query("/v1/images/save").with("names", String.join(",", session.arguments().operands())).with("format", format);
        return toFile(session, query.toString(), "the archive");
    }

    /** A file appears when it is whole. */
    private static int toFile(Session session, String target, String what) throws IOException {
        String output = session.arguments().option("to");
        boolean standard = output == null || output.equals("-");
        if (standard && session.environment().terminalOut()) {
            throw Failure.usage(what + " is nothing for a terminal: name a file with --to FILE, or send it elsewhere.");
        }
        Progress progress = new Progress(session.environment());
        Path file = standard ? null : Path.of(output);
        Path part = standard ? null : file.resolveSibling(file.getFileName() + ".part");
        try (HttpResponse response = session.api().call("GET", target, Map.of(), RequestBody.NONE)) {
            if (part == null) {
                return session.passOn(response.body());
            }
            try (OutputStream out = Files.newOutputStream(part)) {
                copy(response.body(), out, progress);
            }
        } catch (FileSystemException e) {
            throw e; // the file here, and nothing of the daemon's
        } catch (IOException e) {
            if (part != null) {
                Files.deleteIfExists(part);
            }
            throw new Failure(ExitCode.FAILURE, what + " broke off (" + e.getMessage() + "): 'stowbook fsck' looks for damage, and the daemon's log says more.");
        } finally {
            progress.clear();
        }
        if (part != null) {
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return ExitCode.OK;
    }

    private static void copy(InputStream in, OutputStream out, Progress progress) throws IOException {
        byte[] buffer = new byte[128 * 1024];
        long count = 0;
        for (int got; (got = in.read(buffer)) >= 0; ) {
            out.write(buffer, 0, got);
            count += got;
            progress.show("received " + Sizes.of(count));
        }
    }

    private static int history(Session session) throws IOException {
        byte[] answer = session.api().get("/v1/images/" + Api.encode(session.arguments().operand(0)) + "/history");
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        Table table = new Table(-1, "LAYER", "CREATED", "SIZE", "BY", "COMMENT");
        for (JsonObject step : Json.objects(answer)) {
            String created = step.text("createdAt");
            table.row(Colour.NONE, step.has("diffId") ? ListCommands.shortId(step.text("diffId")) : "-", created.isEmpty() ? "-" : Times.ago(created),
                    Sizes.of(step.number("sizeBytes", 0)), step.text("createdBy"), step.text("comment"));
        }
        session.print(table);
        return ExitCode.OK;
    }

    private static int commit(Session session) throws IOException {
        Arguments arguments = session.arguments();
        Map<String, Object> body = new LinkedHashMap<>();
        if (arguments.operands().size() > 1) {
            body.put("reference", arguments.operand(1));
        }
        for (String field : List.of("author", "message")) {
            if (arguments.option(field) != null) {
                body.put(field, arguments.option(field));
            }
        }
        body.put("changes", arguments.all("change"));
        if (arguments.has("no-pause")) {
            body.put("noPause", true);
        }
        if (arguments.has("insecure-policy")) {
            body.put("insecurePolicy", true);
        }
        byte[] answer = session.api().send("POST", "/v1/containers/" + Api.encode(arguments.operand(0)) + "/commit", "application/json", Map.of(),
                new String(Json.compact(body), StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
        if (arguments.json()) {
            session.printJson(answer);
        } else {
            JsonObject image = Json.object(answer);
            String reference = image.text("reference");
            session.out().println((reference.isEmpty() ? "" : Table.printable(reference) + " ") + ListCommands.shortId(image.text("id")));
        }
        return ExitCode.OK;
    }
}
