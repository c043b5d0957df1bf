package dev.stowbook.supervisor.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Speaks the native API with nothing of our own client: one request a connection. */
final class Rest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What came back. */
    record Answer(int status, byte[] body) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(text(), e);
            }
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        Answer ok() {
            if (status >= 300) {
                throw new AssertionError(status + ": " + text());
            }
            return this;
        }
    }

    private final Path socket;

    Rest(Path socket) {
        this.socket = socket;
    }

    static String encode(String ref) {
        return URLEncoder.encode(ref, StandardCharsets.UTF_8);
    }

    Answer get(String path) throws IOException {
        return request("GET", path, "", new byte[0]);
    }

    Answer delete(String path) throws IOException {
        return request("DELETE", path, "", new byte[0]);
    }

    Answer post(String path) throws IOException {
        return request("POST", path, "", new byte[0]);
    }

    Answer patch(String path, String yaml) throws IOException {
        return request("PATCH", path, "application/yaml", yaml.getBytes(StandardCharsets.UTF_8));
    }

    Answer postYaml(String path, String yaml) throws IOException {
        return request("POST", path, "application/yaml", yaml.getBytes(StandardCharsets.UTF_8));
    }

    Answer postJson(String path, String json) throws IOException {
        return request("POST", path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    Answer post(String path, String type, byte[] body) throws IOException {
        return request("POST", path, type, body);
    }

    /** Every event from a sequence on, as CloudEvents. */
    List<JsonNode> events(long from) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String line : get("/v1/events?from=" + from).ok().text().split("\n")) {
            JsonNode node = line.isBlank() ? JSON.missingNode() : JSON.readTree(line);
            if (node.has("sequence")) {
                events.add(node);
            }
        }
        return events;
    }

    Answer request(String method, String path, String type, byte[] body) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            String head = method + " " + path + " HTTP/1.1\r\nHost: stowbook\r\nConnection: close\r\n"
                    + (type.isEmpty() ? "" : "Content-Type: " + type + "\r\n") + "Content-Length: " + body.length
                    + "\r\n\r\n";
            writeAll(channel, head.getBytes(StandardCharsets.US_ASCII));
            writeAll(channel, body);
            return parse(readAll(channel));
        }
    }

    private static void writeAll(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static byte[] readAll(SocketChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
        while (channel.read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            buffer.clear();
        }
        return all.toByteArray();
    }

    private static Answer parse(byte[] all) throws IOException {
        String text = new String(all, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException("no answer: " + text);
        }
        String head = text.substring(0, end);
        int status = Integer.parseInt(head.substring(9, 12));
        String rest = text.substring(end + 4);
        String body = head.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked") ? dechunk(rest) : rest;
        return new Answer(status, body.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String dechunk(String chunks) {
        StringBuilder body = new StringBuilder();
        int at = 0;
        while (at < chunks.length()) {
            int line = chunks.indexOf("\r\n", at);
            int length = Integer.parseInt(chunks.substring(at, line).trim(), 16);
            if (length == 0) {
                break;
            }
            body.append(chunks, line + 2, line + 2 + length);
            at = line + 2 + length + 2;
        }
        return body.toString();
    }
}
