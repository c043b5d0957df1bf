package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers as REST says, from a table of canned answers, and remembers what it was asked. */
final class FakeDaemon implements AutoCloseable {
    /** What a request is answered with; writes the whole answer, head included. */
    interface Answer {
        void to(Request request, InputStream in, OutputStream out) throws IOException;
    }

    record Request(String method, String target, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, UTF_8);
        }
    }

    final Path socket;
    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final ServerSocketChannel server;

    FakeDaemon() throws IOException {
        socket = Files.createTempDirectory("stowbook-test-cli").resolve("api.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::accept);
    }

    FakeDaemon answer(String methodAndTarget, Answer answer) {
        answers.put(methodAndTarget, answer);
        return this;
    }

    FakeDaemon json(String methodAndTarget, String body) {
        return answer(methodAndTarget, (request, in, out) -> respond(out, 200, body));
    }

    FakeDaemon error(String methodAndTarget, int status, String code, String message) {
        return answer(methodAndTarget, (request, in, out) ->
                respond(out, status, "{\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}"));
    }

    static void respond(OutputStream out, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        out.write(("HTTP/1.1 " + status + " Whatever\r\nContent-Length: " + bytes.length + "\r\n\r\n").getBytes(UTF_8));
        out.write(bytes);
    }

    private void accept() {
        while (true) {
            try {
                SocketChannel client = server.accept();
                Thread.ofPlatform().daemon().start(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SocketChannel client) {
        try (client; InputStream in = new BufferedInputStream(Channels.newInputStream(client)); OutputStream out = Channels.newOutputStream(client)) {
            String[] first = HttpConnection.line(in).split(" ");
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line = HttpConnection.line(in); !line.isEmpty(); line = HttpConnection.line(in)) {
                headers.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
            }
            byte[] body = headers.containsKey("Transfer-Encoding") ? new ChunkedInput(in).readAllBytes()
                    : in.readNBytes(Integer.parseInt(headers.getOrDefault("Content-Length", "0")));
            Request request = new Request(first[0], first[1], headers, body);
            requests.add(request);
            Answer answer = answers.get(first[0] + " " + first[1]);
            if (answer == null) {
                respond(out, 404, "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"nothing at " + first[1] + "\"}}");
            } else {
                answer.to(request, in, out);
            }
        } catch (IOException e) {
            // The client went away, as some tests want it to.
        }
    }

    Request last() {
        return requests.get(requests.size() - 1);
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
        Files.deleteIfExists(socket.getParent());
    }
}
