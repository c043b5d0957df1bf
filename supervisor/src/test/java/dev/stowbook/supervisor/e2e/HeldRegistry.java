package dev.stowbook.supervisor.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import dev.stowbook.supervisor.registry.HostileRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A registry in the test's own process: it has the images of OCI layouts, and a blob comes when the test lets it. */
final class HeldRegistry implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final HostileRegistry http;

    HeldRegistry() throws IOException {
        http = new HostileRegistry();
    }

    HostileRegistry http() {
        return http;
    }

    /** What it has of an image, base first. */
    record Served(List<String> layers, long topBytes) {}

    /** Has the image {@code app} of a layout, by the tag {@code v1}. */
    Served serve(Path layout, String repository) throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode named = json.readTree(layout.resolve("index.json").toFile()).path("manifests").get(0);
        byte[] bytes = Files.readAllBytes(blob(layout, named.path("digest").asText()));
        JsonNode manifest = json.readTree(bytes);
        http.on("/v2/" + repository + "/manifests/v1", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", named.path("mediaType").asText());
            HostileRegistry.send(exchange, 200, bytes);
        });
        List<String> layers = new ArrayList<>();
        for (JsonNode layer : manifest.path("layers")) {
            layers.add(layer.path("digest").asText());
            whole(layout, repository, layer.path("digest").asText());
        }
        whole(layout, repository, manifest.path("config").path("digest").asText());
        return new Served(layers, manifest.path("layers").get(layers.size() - 1).path("size").asLong());
    }

    private static Path blob(Path layout, String digest) {
        return layout.resolve("blobs/sha256").resolve(digest.substring(7));
    }

    void whole(Path layout, String repository, String digest) {
        http.on("/v2/" + repository + "/blobs/" + digest, exchange -> HostileRegistry.send(exchange, 200, Files.readAllBytes(blob(layout, digest))));
    }

    /** A blob of which one half has been sent. */
    static final class Gate {
        private final CountDownLatch half = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);
        private volatile boolean breaks;

        /** Waits until somebody has been sent the first half. */
        void awaitHalf() throws InterruptedException {
            if (!half.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody asked for the blob");
            }
        }

        /** Lets the rest come. */
        void open() {
            open.countDown();
        }

        /** Breaks the line in place of the rest. */
        void breakOff() {
            breaks = true;
            open.countDown();
        }

        private void awaitOpen() throws IOException {
            try {
                if (!open.await(PATIENCE_SECONDS * 2, TimeUnit.SECONDS)) {
                    throw new IOException("the test never opened it");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    /** Sends the first half of a blob and keeps the rest back; its rest alone, with {@code Range}, is not to be had. */
    Gate hold(Path layout, String repository, String digest) {
        Gate gate = new Gate();
        http.on("/v2/" + repository + "/blobs/" + digest, exchange -> held(exchange, gate, Files.readAllBytes(blob(layout, digest))));
        return gate;
    }

    private static void held(HttpExchange exchange, Gate gate, byte[] bytes) throws IOException {
        if (exchange.getRequestHeaders().containsKey("Range")) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
        exchange.getResponseBody().flush();
        gate.half.countDown();
        gate.awaitOpen();
        if (!gate.breaks) {
            exchange.getResponseBody().write(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
        }
    }

    String host() {
        return http.host();
    }

    @Override
    public void close() {
        http.close();
    }
}
