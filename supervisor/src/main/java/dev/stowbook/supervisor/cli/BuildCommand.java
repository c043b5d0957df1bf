package dev.stowbook.supervisor.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code build}: sends a context and shows what becomes of it. */
final class BuildCommand {
    private static final int MOST_UNTOLD = 100;

    private final Session session;
    private final Arguments arguments;
    private final boolean quiet;
    private final Progress progress;
    /** The end of what commands wrote, for a quiet build that fails. */
    private final Deque<String> untold = new ArrayDeque<>();

    private BuildCommand(Session session) {
        this.session = session;
        this.arguments = session.arguments();
        this.quiet = arguments.has("quiet") || arguments.json();
        this.progress = new Progress(session.environment());
    }

    static int run(Session session) throws IOException {
        return new BuildCommand(session).build();
    }

    private int build() throws IOException {
        BuildContext context = BuildContext.of(session, new Upload(progress, " of the context"));
        JsonObject last = JsonObject.of(null);
        byte[] answer = new byte[0];
        try (HttpResponse response = session.api().call("POST", query(context.dockerfile()).toString(), Map.of("Content-Type", "application/x-tar"), context.body());
                BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answer = line.getBytes(StandardCharsets.UTF_8);
                last = Json.object(answer);
                show(last.object("progress"));
            }
        } finally {
            progress.clear();
        }
        if (last.has("error")) {
            untold.forEach(session.err()::print);
            throw Api.refusal(last.object("error"), 500);
        }
        if (!last.has("id")) {
            throw new Failure(ExitCode.FAILURE, "the daemon broke off while building; build again.");
        }
        return done(last, answer);
    }

    private int done(JsonObject last, byte[] answer) throws IOException {
        String file = arguments.option("iidfile");
        if (file != null) {
            Files.writeString(Path.of(file), last.text("id"));
        }
        if (arguments.json()) {
            session.printJson(answer);
        } else if (quiet) {
            session.out().println(last.text("id"));
        } else {
            List<String> names = last.texts("references");
            session.out().println("Built " + ListCommands.shortId(last.text("id")) + (names.isEmpty() ? "" : " as " + Table.printable(String.join(", ", names))));
        }
        return ExitCode.OK;
    }

    private Query query(String dockerfile) {
        return new Query("/v1/build")
                .with("dockerfile", dockerfile)
                .with("tags", arguments.all("tag").isEmpty() ? null : String.join(",", arguments.all("tag")))
                .with("target", arguments.option("target"))
                .with("arguments", pairs("build-arg", true))
                .with("labels", pairs("label", false))
                .with("cache", arguments.has("no-cache") ? false : null)
                .with("pull", arguments.has("pull") ? true : null)
                .with("platform", arguments.option("platform"))
                .with("run", StepOptions.of(arguments));
    }

    /** {@code NAME=VALUE} as JSON; a name alone has the environment's value, if {@code ambient}. */
    private @Nullable String pairs(String option, boolean ambient) {
        Map<String, Object> pairs = new TreeMap<>();
        Map<String, String> variables = session.environment().variables();
        if (ambient && variables.containsKey("SOURCE_DATE_EPOCH")) {
            pairs.put("SOURCE_DATE_EPOCH", variables.get("SOURCE_DATE_EPOCH"));
        }
        for (String text : arguments.all(option)) {
            int equals = text.indexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals);
            if (name.isEmpty()) {
                throw Failure.usage("--" + option + " takes NAME=VALUE, not '" + text + "'.");
            }
            if (equals >= 0) {
                pairs.put(name, text.substring(equals + 1));
            } else if (ambient && variables.containsKey(name)) {
                pairs.put(name, variables.get(name));
            } else if (!ambient) {
                pairs.put(name, "");
            }
        }
        return pairs.isEmpty() ? null : new String(Json.compact(pairs), StandardCharsets.UTF_8);
    }

    private void show(JsonObject told) {
        progress.clear();
        if (quiet) {
            keep(told);
            return;
        }
        if (told.has("instruction")) {
            say(Colour.CYAN, "Step " + told.number("step", 0) + "/" + told.number("total", 0) + ": ", told.text("instruction"));
        } else if (told.has("text")) {
            session.out().print(printable(told.text("text")));
        } else if (told.has("warning")) {
            say(Colour.YELLOW, "Warning: ", told.text("warning"));
        } else if (told.has("done")) {
            String time = told.truth("cached") ? "cached" : seconds(told.number("tookMicros", 0));
            say(Colour.FAINT, "  " + ListCommands.shortId(told.text("image")) + "  " + time, "");
        }
        session.out().flush();
    }

    private void keep(JsonObject told) {
        if (told.has("text")) {
            untold.add(printable(told.text("text")));
            if (untold.size() > MOST_UNTOLD) {
                untold.remove();
            }
        }
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (String part : text.split("(?<=[\n\t])")) {
            boolean control = part.endsWith("\n") || part.endsWith("\t");
            out.append(Table.printable(control ? part.substring(0, part.length() - 1) : part)).append(control ? part.substring(part.length() - 1) : "");
        }
        return out.toString();
    }

    private void say(Colour colour, String first, String rest) {
        session.out().println((session.environment().colour() ? colour.paint(first) : first) + Table.printable(rest));
    }

    private static String seconds(long micros) {
        long hundredths = (micros + 5_000) / 10_000;
        return hundredths / 100 + "." + "%02d".formatted(hundredths % 100) + " s";
    }
}
