package dev.stowbook.supervisor.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** {@code events}: what happened, from any sequence on; follows through restarts of the daemon. */
final class EventsCommand {
    private static final int ATTEMPTS = 300;
    private static final long PAUSE_MILLIS = 200;

    private final Session session;
    private final boolean follow;
    private final Long from;
    private long last;
    private boolean readerGone;

    private EventsCommand(Session session) {
        this.session = session;
        this.follow = session.arguments().has("follow");
        Long asked = session.arguments().number("from");
        // Following without a place to start from shows what happens from now on.
        this.from = asked != null ? asked : follow ? null : Long.valueOf(1);
        this.last = from == null ? 0 : from - 1;
    }

    static int run(Session session) throws IOException {
        return new EventsCommand(session).run();
    }

    private int run() throws IOException {
        if (from == null) {
            last = Json.object(session.api().get("/v1/info")).number("sequence", 0);
        }
        read();
        for (int attempt = 0; follow && !readerGone && attempt < ATTEMPTS; attempt++) {
            long before = last;
            try {
                Thread.sleep(PAUSE_MILLIS);
                read();
            } catch (Failure failure) {
                if (failure.exitCode() != ExitCode.UNREACHABLE || attempt == ATTEMPTS - 1) {
                    throw failure;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return ExitCode.FAILURE;
            }
            attempt = last > before ? 0 : attempt;
        }
        return readerGone || follow ? ExitCode.FAILURE : ExitCode.OK;
    }

    /** Reads one connection to its end; what is cut off in the middle of a line comes again when it is resumed. */
    private void read() throws IOException {
        Query query = new Query("/v1/events").with("from", last + 1).with("follow", follow ? true : null);
        try (HttpResponse response = session.api().call("GET", query.toString(), Map.of("Accept", "application/x-ndjson"), RequestBody.NONE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8), 16 * 1024)) {
            for (String line = lines.readLine(); line != null && !readerGone; line = lines.readLine()) {
                if (line.endsWith("}")) {
                    show(line);
                }
                if (follow && !lines.ready()) {
                    readerGone = session.out().checkError();
                }
            }
        } catch (IOException e) {
            if (!follow) {
                throw e;
            }
        }
    }

    private void show(String line) throws IOException {
        JsonObject event = Json.object(line.getBytes(StandardCharsets.UTF_8));
        if (event.has("heartbeat")) {
            last = Math.max(last, event.number("heartbeat", last));
            return;
        }
        last = Math.max(last, event.number("sequence", last));
        session.out().println(session.arguments().json() ? line : human(event));
    }

    private String human(JsonObject event) {
        String type = Table.printable(EventText.type(event.text("type")));
        String sequence = Long.toString(event.number("sequence", 0));
        String padded = pad(type, 22);
        return " ".repeat(Math.max(0, 6 - sequence.length())) + sequence
                + "  " + Table.printable(Times.clock(event.text("time")))
                + "  " + (session.environment().colour() ? EventText.colour(type).paint(padded) : padded)
                + "  " + pad(Table.printable(ListCommands.shortId(event.text("subject"))), 12)
                + "  " + Table.printable(EventText.data(event.object("data")));
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
