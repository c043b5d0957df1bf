package dev.stowbook.supervisor.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stowbook.supervisor.image.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry on the loopback that does what a test tells it: whatever it is not told about is 404. */
public final class HostileRegistry implements AutoCloseable {

    /** Answers one request. */
    public interface Behaviour {
        void answer(HttpExchange exchange) throws IOException;
    }

    /** What came: method, path with query, and the login sent along, if any. */
    public record Seen(String method, String path, String authorization) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();

    public HostileRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String login = exchange.getRequestHeaders().getFirst("Authorization");
        seen.add(new Seen(exchange.getRequestMethod(), exchange.getRequestURI().toString(), login == null ? "" : login));
        Behaviour behaviour = behaviours.get(path);
        try (exchange) {
            if (behaviour == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                behaviour.answer(exchange);
            }
        }
    }

    /** {@code 127.0.0.1:port}. */
    public String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** What to do with a path of any query. */
    public void on(String path, Behaviour behaviour) {
        behaviours.put(path, behaviour);
    }

    /** Serves a manifest under a tag and its digest. */
    void manifest(String repository, String tag, String type, byte[] bytes) {
        Behaviour serve = exchange -> {
            exchange.getResponseHeaders().set("Content-Type", type);
            send(exchange, 200, bytes);
        };
        on("/v2/" + repository + "/manifests/" + tag, serve);
        on("/v2/" + repository + "/manifests/" + Digest.of(bytes), serve);
    }

    void blob(String repository, Digest digest, Behaviour behaviour) {
        on("/v2/" + repository + "/blobs/" + digest, behaviour);
    }

    /** All that came, in order. */
    public List<Seen> seen() {
        return List.copyOf(seen);
    }

    long count(String method, String path) {
        return seen.stream().filter(each -> each.method().equals(method) && each.path().equals(path)).count();
    }

    public static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
