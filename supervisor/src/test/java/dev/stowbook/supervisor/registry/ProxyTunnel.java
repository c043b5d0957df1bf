package dev.stowbook.supervisor.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy for https on the loopback (RFC 9110, section 9.3.6 "CONNECT") that wants a login, and leads every name to one port of this host. */
final class ProxyTunnel implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final String login;
    private final List<String> heads = new CopyOnWriteArrayList<>();

    /** @param login what {@code Proxy-Authorization} must be */
    ProxyTunnel(int target, String login) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        this.login = login;
        thread(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** What was asked of it, headers included. */
    List<String> heads() {
        return List.copyOf(heads);
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void thread(Task task) {
        Thread.ofPlatform().daemon().name("proxy").start(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // one of the two sides has gone
            }
        });
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            thread(() -> serve(client));
        }
    }

    private void serve(Socket client) throws IOException {
        try (client) {
            String head = head(client.getInputStream());
            heads.add(head);
            OutputStream out = client.getOutputStream();
            if (!head.contains("\r\nProxy-Authorization: " + login + "\r\n")) {
                out.write(("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\n"
                        + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                return;
            }
            try (Socket behind = new Socket(InetAddress.getLoopbackAddress(), target)) {
                out.write("HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                thread(() -> {
                    behind.getInputStream().transferTo(out);
                    client.shutdownOutput();
                });
                client.getInputStream().transferTo(behind.getOutputStream());
                behind.shutdownOutput();
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("it ended within its head");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
