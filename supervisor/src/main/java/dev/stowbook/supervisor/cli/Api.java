package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The REST API of one daemon. Refusals end the command with a sentence and an exit code. */
final class Api {
    static final String DEFAULT_HOST = "unix:///run/stowbook/api.sock";

    private final Path socket;
    private final @Nullable PrintStream trace;

    Api(Path socket, @Nullable PrintStream trace) {
        this.socket = socket;
        this.trace = trace;
    }

    static Api of(Arguments arguments, Environment environment) {
        String host = arguments.option("host");
        if (host == null) {
            host = environment.variables().getOrDefault("STOWBOOK_HOST", "");
        }
        String path = host.isEmpty() ? DEFAULT_HOST : host;
        if (path.startsWith("unix://")) {
            path = path.substring("unix://".length());
        }
        if (!path.startsWith("/")) {
            throw Failure.usage("the host must be unix:///PATH/OF/api.sock, not '" + host + "'.");
        }
        return new Api(Path.of(path), arguments.has("trace-http") ? environment.err() : null);
    }

    byte[] get(String target) throws IOException {
        try (HttpResponse response = call("GET", target, Map.of(), RequestBody.NONE)) {
            return response.bytes();
        }
    }

    byte[] post(String target) throws IOException {
        try (HttpResponse response = call("POST", target, Map.of(), RequestBody.NONE)) {
            return response.bytes();
        }
    }

    byte[] delete(String target) throws IOException {
        try (HttpResponse response = call("DELETE", target, Map.of(), RequestBody.NONE)) {
            return response.bytes();
        }
    }

    byte[] send(String method, String target, String contentType, Map<String, String> headers, byte[] body) throws IOException {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Content-Type", contentType);
        try (HttpResponse response = call(method, target, all, RequestBody.of(body))) {
            return response.bytes();
        }
    }

    /** Sends a request; the answer's status is below 300. */
    HttpResponse call(String method, String target, Map<String, String> headers, RequestBody body) throws IOException {
        HttpConnection connection = connect();
        boolean kept = false;
        try {
            trace("> " + method + " " + target);
            headers.forEach((name, value) -> trace("> " + name + ": " + (name.equals(RegistryCommands.LOGIN) ? "(a login)" : value)));
            HttpResponse response = connection.send(method, target, headers, body);
            trace("< " + response.status());
            response.headers().forEach((name, value) -> trace("< " + name + ": " + value));
            if (response.status() >= 300) {
                throw refusal(response.status(), response.bytes());
            }
            kept = true;
            return response;
        } finally {
            if (!kept) {
                connection.close();
            }
        }
    }

    private HttpConnection connect() {
        try {
            return HttpConnection.open(socket);
        } catch (IOException | UnsupportedOperationException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new Failure(ExitCode.UNREACHABLE, "no daemon answers at unix://" + socket + " (" + reason
                    + "): start one with 'stowbook daemon' as root, or name another's socket with -H unix://PATH or STOWBOOK_HOST.");
        }
    }

    private void trace(String line) {
        if (trace != null) {
            trace.println(line);
        }
    }

    private Failure refusal(int status, byte[] body) throws IOException {
        trace("< " + new String(body, StandardCharsets.UTF_8));
        JsonObject error = body.length > 0 && body[0] == '{' ? Json.object(body).object("error") : JsonObject.of(null);
        return refusal(error, status);
    }

    /** The failure that an error object stands for. */
    static Failure refusal(JsonObject error, int status) {
        String code = error.text("code");
        List<String> lines = new ArrayList<>();
        for (JsonObject detail : error.objects("details")) {
            String path = detail.text("path");
            lines.add(detail.text("file") + ":" + detail.number("line", 1) + ":" + detail.number("column", 1) + ": "
                    + (path.isEmpty() ? "" : path + ": ") + detail.text("message"));
        }
        String message = error.text("message");
        if (message.isEmpty()) {
            message = "the daemon answered with status " + status + " and no explanation.";
        }
        if (error.has("earliest")) {
            message += " The earliest event kept is " + error.number("earliest", 0) + ".";
        }
        // A program that could not be started has a code, too, as a shell would have it: 127 not found, 126 not executable.
        return new Failure((int) error.number("exitCode", ExitCode.of(code)), message, lines);
    }

    /** Percent-encodes a path segment or query value (RFC 3986: all but unreserved characters). */
    static String encode(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~';
            if (plain) {
                out.append(c);
            } else {
                out.append('%').append(Character.toUpperCase(Character.forDigit(c >> 4, 16))).append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            }
        }
        // Dots alone would be removed as path segments on the way.
        return text.equals(".") || text.equals("..") ? text.replace(".", "%2E") : out.toString();
    }
}
