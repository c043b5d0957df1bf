package dev.stowbook.supervisor.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** {@code fsck}, {@code image prune}, {@code image gc}. */
final class CareCommands {
    private CareCommands() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        return switch (arguments.command().name()) {
            case "fsck" -> check(session);
            case "image prune" -> removed(session, new Query("/v1/images/prune").with("all", arguments.has("all")).with("dry-run", !arguments.has("force")),
                    "say --force to do it");
            default -> removed(session, new Query("/v1/images/gc").with("dry-run", arguments.has("dry-run")), "leave --dry-run out to do it");
        };
    }

    private static int check(Session session) throws IOException {
        byte[] answer = checked(session);
        JsonObject json = Json.object(answer);
        boolean sound = json.truth("sound");
        if (session.arguments().json()) {
            session.printJson(answer);
            return sound ? ExitCode.OK : ExitCode.FAILURE;
        }
        List<JsonObject> findings = json.objects("findings");
        for (JsonObject finding : findings) {
            String images = finding.texts("images").isEmpty() ? "" : ", of image " + ListCommands.shortId(finding.texts("images").getFirst());
            session.out().println(finding.text("kind") + " " + finding.text("what") + " " + Table.printable(finding.text("name")) + images + ": "
                    + Table.printable(finding.text("detail")));
            session.out().println("  " + (finding.truth("repaired") ? "repaired: " : "") + Table.printable(finding.text("remedy")));
        }
        session.out().println(findings.isEmpty() ? "the image store is what the book says." : sound ? "all of it is repaired." : "not all is as the book says.");
        return sound ? ExitCode.OK : ExitCode.FAILURE;
    }

    /** The last line is the answer; those before it say how far it is. */
    private static byte[] checked(Session session) throws IOException {
        Query query = new Query("/v1/images/fsck").with("repair", session.arguments().has("repair")).with("progress", true);
        Progress progress = new Progress(session.environment());
        byte[] answer = new byte[0];
        JsonObject last = JsonObject.of(null);
        try (HttpResponse response = session.api().call("POST", query.toString(), Map.of(), RequestBody.NONE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answer = line.getBytes(StandardCharsets.UTF_8);
                last = Json.object(answer);
                JsonObject at = last.object("progress");
                progress.show("layer " + at.number("layer", 0) + " of " + at.number("layers", 0) + ", " + Sizes.of(at.number("bytes", 0)) + " of about "
                        + Sizes.of(at.number("total", 0)) + " read");
            }
        } finally {
            progress.clear();
        }
        if (last.has("error")) {
            throw Api.refusal(last.object("error"), 500);
        }
        if (!last.has("sound")) {
            throw new Failure(ExitCode.FAILURE, "the daemon broke off while checking: its log says why; then check again.");
        }
        return answer;
    }

    private static int removed(Session session, Query query, String how) throws IOException {
        byte[] answer = session.api().post(query.toString());
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        JsonObject json = Json.object(answer);
        boolean dryRun = json.truth("dryRun");
        List<JsonObject> items = json.objects("items");
        for (JsonObject item : items) {
            String references = String.join(", ", item.texts("references"));
            session.out().println((dryRun ? "would remove " : "removed ") + Table.printable(references.isEmpty() ? item.text("name") : references) + " ("
                    + Sizes.of(item.number("freesBytes", 0)) + "): " + Table.printable(item.text("why")));
        }
        session.out().println(items.isEmpty()
                ? "there is nothing to remove."
                : Sizes.of(json.number("freesBytes", 0)) + (dryRun ? " would be freed; " + how + "." : " freed."));
        return ExitCode.OK;
    }
}
