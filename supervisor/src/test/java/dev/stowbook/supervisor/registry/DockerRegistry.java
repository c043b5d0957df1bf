package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.FreePort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Debian's docker-registry on a free port of the loopback, its content and log in a directory of the test's. */
public final class DockerRegistry implements AutoCloseable {
    public static final String USER = "ann";
    public static final String PASSWORD = "correct horse";

    private final Process process;
    private final Path directory;
    private final int port;
    private final boolean tls;

    private DockerRegistry(Process process, Path directory, int port, boolean tls) {
        this.process = process;
        this.directory = directory;
        this.port = port;
        this.tls = tls;
    }

    /** Without TLS or logins. */
    public static DockerRegistry plain(Path directory) throws Exception {
        return start(directory, "", "");
    }

    /** With logins of {@link #USER} only. */
    public static DockerRegistry withLogin(Path directory) throws Exception {
        Files.createDirectories(directory);
        Path file = directory.resolve("htpasswd");
        Files.writeString(file, run("htpasswd", "-Bbn", USER, PASSWORD));
        return start(directory, "auth:\n  htpasswd:\n    realm: stowbook-test\n    path: " + file + "\n", "");
    }

    /** With TLS and a certificate of the authority in {@link #authority}, for the loopback and {@code registry.stowbook-test.example}. */
    public static DockerRegistry withTls(Path directory) throws Exception {
        return withTls(directory, "");
    }

    /** The same, which believes that it is at another address, as one behind a proxy may. */
    public static DockerRegistry withTlsAt(Path directory, String address) throws Exception {
        return withTls(directory, "  host: " + address + "\n");
    }

    private static DockerRegistry withTls(Path directory, String more) throws Exception {
        Files.createDirectories(directory);
        String d = directory + "/";
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=stowbook-test-ca",
                "-keyout", d + "ca.key", "-out", d + "ca.pem");
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                "-keyout", d + "tls.key", "-out", d + "tls.csr");
        Files.writeString(directory.resolve("ext"), "subjectAltName=DNS:localhost,DNS:registry.stowbook-test.example,IP:127.0.0.1\n");
        run("openssl", "x509", "-req", "-in", d + "tls.csr", "-CA", d + "ca.pem", "-CAkey", d + "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", d + "ext", "-out", d + "tls.pem");
        return start(directory, "", "  tls:\n    certificate: " + d + "tls.pem\n    key: " + d + "tls.key\n" + more);
    }

    /** Somebody else may take the port before the registry does: then it gets another. */
    private static DockerRegistry start(Path directory, String top, String http) throws Exception {
        Files.createDirectories(directory);
        for (int i = 0; ; i++) {
            DockerRegistry registry = start(directory, FreePort.at("127.0.0.1"), top, http);
            if (registry.await()) {
                return registry;
            }
            registry.close();
            String log = Files.readString(directory.resolve("log"));
            if (i == 5 || !log.contains("address already in use")) {
                throw new IOException("docker-registry did not start: " + log);
            }
        }
    }

    private static DockerRegistry start(Path directory, int port, String top, String http) throws IOException {
        Path config = directory.resolve("config.yml");
        Files.writeString(config, "version: 0.1\nlog:\n  accesslog:\n    disabled: false\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: "
                + directory.resolve("content") + "\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:" + port + "\n" + http + top);
        Process process;
        try {
            process = new ProcessBuilder("docker-registry", "serve", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            throw new IOException("this test needs the Debian packages docker-registry and apache2-utils: apt-get install them", e);
        }
        return new DockerRegistry(process, directory, port, http.contains("tls:"));
    }

    /** Whether it listens at last. */
    private boolean await() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (process.isAlive() && System.nanoTime() < end) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
                return process.isAlive();
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
        return false;
    }

    /** {@code 127.0.0.1:port}. */
    public String host() {
        return "127.0.0.1:" + port;
    }

    /** The certificate of the authority that signed its own. */
    public Path authority() {
        return directory.resolve("ca.pem");
    }

    /** Where it keeps a blob. */
    public Path blob(String hex) {
        return directory.resolve("content/docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data");
    }

    /**
     * Requests so far, as in {@code GET /v2/app/blobs/sha256:...}, from its log. It logs when it has answered: so it is asked once more, and
     * its log is read when that is in it, which with TLS is the complaint about it, and nothing comes any more.
     */
    public List<String> requests() throws IOException {
        String mark = "/stowbook-test-mark-" + System.nanoTime();
        String before = Files.readString(directory.resolve("log"));
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write(("GET " + mark + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        String log = Files.readString(directory.resolve("log"));
        while (!log.equals(before) || !log.contains(tls ? "TLS handshake error" : mark)) {
            if (System.nanoTime() > end) {
                throw new IOException("the registry does not log what it is asked: " + log);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            before = log;
            log = Files.readString(directory.resolve("log"));
        }
        return logged().stream().filter(request -> !request.contains("/stowbook-test-mark-")).toList();
    }

    private List<String> logged() throws IOException {
        List<String> requests = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve("log"))) {
            int quote = line.indexOf("] \"");
            int end = line.indexOf(" HTTP/1.1\" ");
            if (quote > 0 && end > quote && line.startsWith("127.0.0.1 - ")) {
                requests.add(line.substring(quote + 3, end));
            }
        }
        return requests;
    }

    /** Runs a program to its end. @return what it wrote */
    public static String run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("stowbook-test-", "");
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(120, TimeUnit.SECONDS);
            process.destroyForcibly();
            if (!ended || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + (ended ? " failed: " : " did not end: ") + Files.readString(output));
            }
            return Files.readString(output);
        } finally {
            Files.delete(output);
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
