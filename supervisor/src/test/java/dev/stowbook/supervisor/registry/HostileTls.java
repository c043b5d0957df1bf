package dev.stowbook.supervisor.registry;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A registry with TLS on the loopback that has nothing and keeps what headers it was sent. */
final class HostileTls implements AutoCloseable {
    private static final String PASSWORD = "stowbook-test";

    private final HttpsServer server;
    private final Path certificate;
    private final List<Headers> headers = new CopyOnWriteArrayList<>();

    HostileTls(Path directory) throws Exception {
        certificate = directory.resolve("own.pem");
        Path key = directory.resolve("own.key");
        Path store = directory.resolve("own.p12");
        DockerRegistry.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=stowbook-test",
                "-addext", "subjectAltName=DNS:registry.stowbook-test.example", "-keyout", key.toString(), "-out", certificate.toString());
        DockerRegistry.run("openssl", "pkcs12", "-export", "-in", certificate.toString(), "-inkey", key.toString(), "-out", store.toString(),
                "-passout", "pass:" + PASSWORD);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            try (exchange) {
                headers.add(exchange.getRequestHeaders());
                exchange.sendResponseHeaders(404, -1);
            }
        });
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    Path authority() {
        return certificate;
    }

    List<Headers> headers() {
        return List.copyOf(headers);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
