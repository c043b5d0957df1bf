package dev.stowbook.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.parsetools.RecordParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A daemon of the benchmark's own, with one client on its event stream. */
final class BenchDaemon implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
    private final HttpClient client =
            vertx.createHttpClient(new HttpClientOptions().setPipelining(false), new PoolOptions().setHttp1MaxSize(16));
    private final SocketAddress address;
    private final Map<String, CompletableFuture<Long>> moments = new ConcurrentHashMap<>();
    private final Map<String, JsonNode> details = new ConcurrentHashMap<>();
    private final Map<String, Queue<Long>> steps = new ConcurrentHashMap<>();

    private BenchDaemon(Process process, Path socket) {
        this.process = process;
        this.address = SocketAddress.domainSocketAddress(socket.toString());
    }

    static BenchDaemon start(Path checkout, Path directory, Path rootfs) throws Exception {
        String stowbook = checkout.resolve("bin/stowbook").toString();
        Path run = directory.resolve("run");
        List<String> command = new ArrayList<>(List.of(
                stowbook, "daemon", "--root", directory.resolve("root").toString(), "--run-dir", run.toString()));
        Path config = directory.resolve("config.yaml");
        if (Files.exists(config)) {
            command.addAll(List.of("--config", config.toString()));
        }
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("daemon.log").toFile())
                .start();
        BenchDaemon daemon = new BenchDaemon(process, run.resolve("api.sock"));
        try {
            daemon.awaitReady();
            load(stowbook, run.resolve("api.sock"), rootfs);
            daemon.listen();
            return daemon;
        } catch (Exception e) {
            daemon.close(); // its event loop would keep this program for ever, and the daemon with it
            throw e;
        }
    }

    private static void load(String stowbook, Path socket, Path rootfs) throws IOException, InterruptedException {
        Process load = new ProcessBuilder(stowbook, "-H", "unix://" + socket, "image", "import", rootfs.toString(), "bench")
                .inheritIO()
                .start();
        int code = load.waitFor();
        if (code != 0) {
            throw new IOException("the image could not be imported: the command ended with " + code);
        }
    }

    long pid() {
        return process.pid();
    }

    private void awaitReady() throws InterruptedException, IOException {
        for (int i = 0; i < 600 && process.isAlive(); i++) {
            try {
                request("GET", "/v1/info", "", "");
                return;
            } catch (ExecutionException e) {
                Thread.sleep(100);
            }
        }
        throw new IOException("the daemon does not answer");
    }

    private void listen() throws Exception {
        long from = request("GET", "/v1/info", "", "").get("sequence").asLong() + 1;
        RecordParser lines = RecordParser.newDelimited("\n", line -> heard(System.nanoTime(), line));
        CompletableFuture<Void> listening = new CompletableFuture<>();
        open("GET", "/v1/events?follow=true&from=" + from)
                .compose(request -> request.send().onSuccess(response -> response.handler(lines)))
                .onSuccess(response -> {
                    if (response.statusCode() == 200) {
                        listening.complete(null);
                    } else {
                        listening.completeExceptionally(new IOException("the events are answered with " + response.statusCode()));
                    }
                })
                .onFailure(listening::completeExceptionally);
        listening.get();
    }

    private void heard(long now, Buffer line) {
        try {
            JsonNode event = JSON.readTree(line.getBytes());
            String type = event.path("type").asText();
            if (event.path("data").has("tookMicros")) {
                steps.computeIfAbsent(type.replaceAll("^dev.stowbook.|\\.v\\d+$", ""), k -> new ConcurrentLinkedQueue<>())
                        .add(event.get("data").get("tookMicros").asLong());
            }
            if (type.contains("ProcessStarted") || type.contains("ProcessExited")) {
                String key = event.get("data").get("pod").asText() + (type.contains("Started") ? "ProcessStarted" : "ProcessExited");
                details.put(key, event.get("data"));
                moments.computeIfAbsent(key, k -> new CompletableFuture<>()).complete(now);
            }
        } catch (IOException e) {
            throw new IllegalStateException(line.toString(), e);
        }
    }

    /** When an event of a pod was heard, by {@link System#nanoTime()}. */
    CompletableFuture<Long> event(String pod, String type) {
        return moments.computeIfAbsent(pod + type, k -> new CompletableFuture<>()).orTimeout(30, TimeUnit.SECONDS);
    }

    JsonNode data(String pod, String type) {
        return details.get(pod + type);
    }

    /** What each kind of step took, in microseconds, by the events since the last call. */
    SortedMap<String, List<Long>> steps() {
        SortedMap<String, List<Long>> taken = new TreeMap<>();
        steps.forEach((type, micros) -> taken.put(type, List.copyOf(micros)));
        steps.clear();
        return taken;
    }

    void forget(String pod) {
        for (String type : new String[] {"ProcessStarted", "ProcessExited"}) {
            moments.remove(pod + type);
            details.remove(pod + type);
        }
    }

    JsonNode request(String method, String path, String type, String body) throws ExecutionException, InterruptedException, IOException {
        // All within the first step, on the event loop: what comes before somebody listens is dropped, and this thread may be put aside.
        Buffer answer = open(method, path)
                .compose(request -> {
                    if (!type.isEmpty()) {
                        request.putHeader("Content-Type", type);
                    }
                    return request.send(Buffer.buffer(body)).compose(response -> response.body().compose(buffer -> response.statusCode() < 300
                            ? Future.succeededFuture(buffer)
                            : Future.failedFuture(method + " " + path + ": " + buffer)));
                })
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        return JSON.readTree(answer.getBytes());
    }

    private Future<HttpClientRequest> open(String method, String path) {
        return client.request(new RequestOptions()
                .setServer(address)
                .setHost("stowbook")
                .setPort(80)
                .setMethod(HttpMethod.valueOf(method))
                .setURI(path));
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        process.waitFor(30, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }
}
