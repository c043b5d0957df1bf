package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code stats}: two readings a second apart, so that what is used per second can be told; with {@code --follow} again and again. */
final class StatsCommand {
    private static final long INTERVAL_MILLIS = 1000;
    private static final String HOME_AND_CLEAR = "\u001b[H\u001b[J";

    private final Session session;
    private final Map<String, JsonObject> before = new TreeMap<>();

    private StatsCommand(Session session) {
        this.session = session;
    }

    static int run(Session session) throws IOException {
        return new StatsCommand(session).run();
    }

    private int run() throws IOException {
        boolean follow = session.arguments().has("follow");
        if (!session.arguments().json()) {
            read().forEach(reading -> before.put(reading.text("ref"), reading));
            pause();
        }
        do {
            show(read(), follow);
            if (session.out().checkError()) {
                return ExitCode.FAILURE;
            }
            if (follow) {
                pause();
            }
        } while (follow);
        return ExitCode.OK;
    }

    private static void pause() {
        try {
            Thread.sleep(INTERVAL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Of the containers named; of all that run if none is. One that ends while it is asked for is left out then. */
    private List<JsonObject> read() throws IOException {
        List<JsonObject> readings = new ArrayList<>();
        List<String> names = session.arguments().operands();
        boolean all = names.isEmpty();
        if (all) {
            names = new ArrayList<>();
            for (JsonObject container : Json.objects(session.api().get("/v1/containers"))) {
                names.add(container.text("id"));
            }
        }
        for (String name : names) {
            try {
                byte[] answer = session.api().get("/v1/containers/" + Api.encode(name) + "/stats");
                if (session.arguments().json()) {
                    session.out().write(answer, 0, answer.length);
                }
                readings.add(Json.object(answer));
            } catch (Failure failure) {
                if (!all) {
                    throw failure;
                }
            }
        }
        return readings;
    }

    private void show(List<JsonObject> readings, boolean follow) {
        if (session.arguments().json()) {
            session.out().flush();
            return;
        }
        if (follow && session.environment().colour()) {
            session.out().print(HOME_AND_CLEAR);
        }
        Table table = new Table(-1, "CONTAINER", "CPU", "MEMORY", "LIMIT", "PIDS", "NET IN", "NET OUT", "DISK IN", "DISK OUT");
        for (JsonObject reading : readings) {
            JsonObject memory = reading.object("memory");
            JsonObject io = reading.object("io");
            table.row(Colour.NONE, reading.text("ref"), processors(reading, before.get(reading.text("ref"))), size(memory, "workingSetBytes"),
                    size(memory, "limitBytes"), count(reading.object("pids")), network(reading, "receivedBytes"), network(reading, "sentBytes"),
                    size(io, "readBytes"), size(io, "writeBytes"));
            before.put(reading.text("ref"), reading);
        }
        session.print(table);
        session.out().flush();
    }

    /** {@code 150.0%} is one processor and a half; over the time since the reading before. */
    private static String processors(JsonObject now, @Nullable JsonObject earlier) {
        if (earlier == null || !now.object("cpu").has("usageNanos") || !earlier.object("cpu").has("usageNanos")) {
            return "-";
        }
        long used = now.object("cpu").number("usageNanos", 0) - earlier.object("cpu").number("usageNanos", 0);
        long elapsed = Duration.between(Instant.parse(earlier.text("time")), Instant.parse(now.text("time"))).toNanos();
        return elapsed <= 0 ? "-" : String.format(Locale.ROOT, "%.1f%%", Math.max(0, used) * 100.0 / elapsed);
    }

    private static String size(JsonObject of, String name) {
        return of.has(name) ? Sizes.of(of.number(name, 0)) : "-";
    }

    private static String count(JsonObject pids) {
        String current = pids.has("current") ? Long.toString(pids.number("current", 0)) : "-";
        return pids.has("limit") ? current + " of " + pids.number("limit", 0) : current;
    }

    private static String network(JsonObject reading, String name) {
        long sum = 0;
        for (JsonObject link : reading.objects("network")) {
            sum += link.number(name, 0);
        }
        return reading.objects("network").isEmpty() ? "-" : Sizes.of(sum);
    }
}
