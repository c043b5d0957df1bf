package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.supervisor.http.json.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A client as plain as can be: one request a connection, and every byte under the test's control. */
final class UnixHttp {
    private final Path socket;

    UnixHttp(Path socket) {
        this.socket = socket;
    }

    /** A whole answer. */
    record Response(int status, Map<String, String> headers, byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        JsonNode json() {
            return Json.read(bytes);
        }
    }

    /** An answer that is still coming. */
    static final class Stream implements AutoCloseable {
        final SocketChannel channel;
        final InputStream in;
        final int status;
        final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private long chunkLeft;
        private boolean ended;

        Stream(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.in = new BufferedInputStream(Channels.newInputStream(channel));
            String first = line();
            if (first == null) {
                throw new EOFException("no answer");
            }
            this.status = Integer.parseInt(first.split(" ")[1]);
            for (String line = line(); line != null && !line.isEmpty(); line = line()) {
                headers.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1).trim());
            }
        }

        private String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    return null;
                }
                line.write(b);
            }
            return line.toString(StandardCharsets.UTF_8).stripTrailing();
        }

        /** The next byte of the body, -1 at its proper end. */
        int read() throws IOException {
            if (!"chunked".equalsIgnoreCase(headers.get("Transfer-Encoding"))) {
                return in.read();
            }
            if (ended) {
                return -1;
            }
            if (chunkLeft == 0) {
                String size = line();
                if (size == null) {
                    throw new EOFException("cut off");
                }
                chunkLeft = Long.parseLong(size, 16);
                if (chunkLeft == 0) {
                    line();
                    ended = true;
                    return -1;
                }
            }
            int b = in.read();
            if (--chunkLeft == 0) {
                line();
            }
            return b;
        }

        /** The next line of the body, null at its proper end. */
        String bodyLine() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = read(); b != '\n'; b = read()) {
                if (b < 0) {
                    return line.size() == 0 ? null : line.toString(StandardCharsets.UTF_8);
                }
                line.write(b);
            }
            return line.toString(StandardCharsets.UTF_8);
        }

        JsonNode jsonLine() throws IOException {
            String line = bodyLine();
            return line == null ? null : Json.read(line.getBytes(StandardCharsets.UTF_8));
        }

        byte[] rest() throws IOException {
            String length = headers.get("Content-Length");
            if (length != null) {
                return in.readNBytes(Integer.parseInt(length));
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int b = read(); b >= 0; b = read()) {
                all.write(b);
            }
            return all.toByteArray();
        }

        void write(byte[] bytes) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    Stream open(String method, String target, byte[] body, String... headers) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(start.length + body.length).put(start).put(body).flip();
        while (all.hasRemaining()) {
            channel.write(all);
        }
        return new Stream(channel);
    }

    Stream open(String target, String... headers) throws IOException {
        return open("GET", target, new byte[0], headers);
    }

    Response send(String method, String target, byte[] body, String... headers) throws IOException {
        try (Stream stream = open(method, target, body, headers)) {
            return new Response(stream.status, stream.headers, method.equals("HEAD") ? new byte[0] : stream.rest());
        }
    }

    Response get(String target, String... headers) throws IOException {
        return send("GET", target, new byte[0], headers);
    }

    Response post(String target) throws IOException {
        return send("POST", target, new byte[0]);
    }

    Response post(String target, String body, String... headers) throws IOException {
        return send("POST", target, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    Response delete(String target) throws IOException {
        return send("DELETE", target, new byte[0]);
    }
}
