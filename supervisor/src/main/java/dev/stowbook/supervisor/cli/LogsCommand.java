package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.Map;

/** {@code logs}: bytes as they come; with {@code -o json} one object a line. */
final class LogsCommand {
    private LogsCommand() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        String since = arguments.option("since");
        String stream = arguments.option("stream");
        Query query = new Query("/v1/containers/" + Api.encode(arguments.operand(0)) + "/logs")
                .with("follow", arguments.has("follow") ? true : null)
                .with("tail", arguments.number("tail"))
                .with("since", since == null ? null : Times.point(since))
                .with("timestamps", arguments.has("timestamps") ? true : null)
                .with("stream", stream);
        Map<String, String> headers = Map.of("Accept", arguments.json() ? "application/x-ndjson" : "text/plain");
        try (HttpResponse response = session.api().call("GET", query.toString(), headers, RequestBody.NONE)) {
            return session.passOn(response.body());
        }
    }
}
