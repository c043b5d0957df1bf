package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Runs the usual commands against canned answers, so that the JVM can archive the classes they load ({@code bin/build}). Nobody calls
 * it while Stowbook is in use.
 */
public final class Training {
    private static final String TIME = "2026-01-01T00:00:00.5Z";
    private static final String LIST = "[{\"id\":\"" + "ab".repeat(32) + "\",\"ref\":\"a/b\",\"name\":\"a\",\"state\":\"running\",\"startedAt\":\"" + TIME
            + "\",\"ports\":[{\"hostPort\":1,\"containerPort\":2,\"protocol\":\"TCP\"}],\"references\":[\"a\"],\"sizeBytes\":5000,\"containers\":[{}],\"x\":1.5}]";
    private static final String ONE = "{\"version\":\"1\",\"sequence\":1,\"ok\":true,\"chain\":[{\"type\":\"dev.stowbook.A.v1\",\"time\":\"" + TIME
            + "\"}],\"pods\":[{\"name\":\"a\",\"action\":\"created\"}],\"data\":{\"a\":{\"b\":[1]},\"c\":true},\"type\":\"dev.stowbook.A.v1\",\"time\":\"" + TIME
            + "\",\"subject\":\"x\",\"exitCode\":0}";

    private Training() {}

    /** Runs the commands and ends. */
    public static void main(String[] args) throws IOException {
        Path directory = Files.createTempDirectory("stowbook-training");
        Path socket = directory.resolve("api.sock");
        Path manifest = Files.writeString(directory.resolve("pod.yaml"), "kind: Pod\n");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread answering = new Thread(() -> answer(server));
            answering.setDaemon(true);
            answering.start();
            for (String line : new String[] {"ps", "ps -a -o json", "pods", "image ls", "network ls", "events", "events -o json", "why a", "info", "info -o json",
                "verify", "version", "logs a", "stop a", "kill a/b", "rm a", "wait a", "inspect a", "delete a", "apply -f " + manifest, "help", "ps --help", "nothing",
                "-H unix:///nowhere ps"}) {
                Environment system = Environment.system();
                PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
                Stowbook.run(line.split(" "), new Environment(InputStream.nullInputStream(), nowhere, nowhere, Map.of("STOWBOOK_HOST", "unix://" + socket),
                        system.terminalOut(), system.terminalErr()));
            }
        } finally {
            Files.delete(manifest);
            Files.deleteIfExists(socket);
            Files.delete(directory);
        }
    }

    private static void answer(ServerSocketChannel server) {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                ByteBuffer buffer = ByteBuffer.allocate(4096);
                client.read(buffer);
                String first = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
                boolean list = first.startsWith("GET /v1/containers?") || first.startsWith("GET /v1/pods ") || first.startsWith("GET /v1/images ")
                        || first.startsWith("GET /v1/networks ");
                byte[] body = (list ? LIST : ONE).getBytes(StandardCharsets.UTF_8);
                String head = "HTTP/1.1 200 OK\r\n" + (list ? "content-length: " + body.length + "\r\n\r\n"
                        : "transfer-encoding: chunked\r\n\r\n" + Integer.toHexString(body.length) + "\r\n");
                client.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.UTF_8)));
                client.write(ByteBuffer.wrap(body));
                if (!list) {
                    client.write(ByteBuffer.wrap("\r\n0\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
                }
            } catch (IOException e) {
                // A command that did not wait for the whole answer; or the server is closed, and the loop ends.
            }
        }
    }
}
