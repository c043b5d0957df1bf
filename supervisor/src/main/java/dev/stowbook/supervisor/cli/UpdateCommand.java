package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code update}: other limits for containers, or with {@code --pod} for pods as a whole. */
final class UpdateCommand {
    /** Option to where its value belongs in {@code resources} and {@code stowbook.resources}. */
    private static final Map<String, List<String>> PLACES = new LinkedHashMap<>();

    static {
        PLACES.put("cpus", List.of("resources", "limits", "cpu"));
        PLACES.put("memory", List.of("resources", "limits", "memory"));
        PLACES.put("memory-swap", List.of("resources", "limits", "stowbook.dev/memory-and-swap"));
        PLACES.put("pids", List.of("resources", "limits", "stowbook.dev/pids"));
        PLACES.put("cpuset", List.of("resources", "limits", "stowbook.dev/cpuset"));
        PLACES.put("cpu-shares", List.of("stowbook", "resources", "cpu", "shares"));
        PLACES.put("cpu-period", List.of("stowbook", "resources", "cpu", "periodMicros"));
        PLACES.put("cpu-quota", List.of("stowbook", "resources", "cpu", "quotaMicros"));
        PLACES.put("cpu-burst", List.of("stowbook", "resources", "cpu", "burstMicros"));
        PLACES.put("memory-reservation", List.of("stowbook", "resources", "memory", "reservation"));
        PLACES.put("io-weight", List.of("stowbook", "resources", "io", "weight"));
    }

    private UpdateCommand() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        String file = arguments.option("file");
        Map<String, Object> change = change(arguments);
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

    private static Map<String, Object> change(Arguments arguments) {
        Map<String, Object> change = new LinkedHashMap<>();
        PLACES.forEach((option, place) -> {
            String value = arguments.option(option);
            if (value != null) {
                put(change, place, option.equals("cpuset") || !value.matches("[0-9]{1,18}") ? value : (Object) Long.valueOf(value));
            }
        });
        return change;
    }

    @SuppressWarnings("unchecked") // only maps of this kind are put
    private static void put(Map<String, Object> into, List<String> place, Object value) {
        Map<String, Object> at = into;
        for (String name : place.subList(0, place.size() - 1)) {
            at = (Map<String, Object>) at.computeIfAbsent(name, key -> new LinkedHashMap<String, Object>());
        }
        at.put(place.getLast(), value);
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
