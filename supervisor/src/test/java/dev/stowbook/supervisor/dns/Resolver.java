package dev.stowbook.supervisor.dns;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks name servers from addresses of its choice, and reads answers by itself: no code in common with the server. */
final class Resolver {
    static final int ID = 4711;
    private static final int PATIENCE_MILLIS = 40_000;
    private static final Map<String, Integer> TYPES = Map.of("A", 1, "PTR", 12, "MX", 15, "AAAA", 28);

    /** {@code code} is -1 if there is no answer. */
    record Answer(int code, boolean truncated, List<String> addresses, List<String> names) {
        static final Answer NONE = new Answer(-1, false, List.of(), List.of());
    }

    private final int port;
    private final int payload;

    Resolver(int port) {
        this(port, 0);
    }

    private Resolver(int port, int payload) {
        this.port = port;
        this.payload = payload;
    }

    int port() {
        return port;
    }

    Resolver withPayload(int bytes) {
        return new Resolver(port, bytes);
    }

    /** Waits until the server has bound its sockets and heard of the state. */
    void awaitAnswer(String from, String server) throws Exception {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (System.nanoTime() < end) {
            try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0)); Socket tcp = new Socket()) {
                socket.setSoTimeout(1000);
                tcp.connect(new InetSocketAddress(server, port), 1000);
                int code = exchange(socket, server, question("web", "A", 0)).code();
                if (code == 0 || code == 3) {
                    return;
                }
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
        throw new AssertionError("the server does not answer");
    }

    /** Waits until it has also read whom to ask what is not ours. */
    void awaitForwarding(String from, String server) throws Exception {
        awaitAnswer(from, server);
        while (udp(from, server, "missing.example", "A").code() != 3) {
            Thread.sleep(20);
        }
    }

    /** Whether the kernel says so itself; a question that a server took along as it went is answered by nothing. */
    boolean nobodyListens(String from, String server) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0))) {
            socket.setSoTimeout(1000);
            socket.connect(new InetSocketAddress(server, port));
            socket.send(new DatagramPacket(new byte[1], 1));
            socket.receive(new DatagramPacket(new byte[1], 1));
            return false;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (PortUnreachableException e) {
            return true;
        }
    }

    Answer udp(String from, String server, String name, String type) throws IOException {
        return raw(from, server, question(name, type, payload));
    }

    Answer raw(String from, String server, byte[] message) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0))) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            return exchange(socket, server, message);
        }
    }

    /** A question whose answer is waited for later. */
    Asked ask(String from, String server, String name, String type) throws IOException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0));
        socket.setSoTimeout(PATIENCE_MILLIS);
        send(socket, server, question(name, type, payload));
        return new Asked(socket);
    }

    /** What was asked. */
    record Asked(DatagramSocket socket) implements AutoCloseable {
        Answer answer() throws IOException {
            return receive(socket);
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private Answer exchange(DatagramSocket socket, String server, byte[] message) throws IOException {
        send(socket, server, message);
        return receive(socket);
    }

    private void send(DatagramSocket socket, String server, byte[] message) throws IOException {
        socket.connect(new InetSocketAddress(server, port));
        socket.send(new DatagramPacket(message, message.length));
    }

    private static Answer receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException | PortUnreachableException e) {
            return Answer.NONE;
        }
        return read(java.util.Arrays.copyOf(packet.getData(), packet.getLength()));
    }

    void send(String from, String server, byte[] message) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0))) {
            socket.send(new DatagramPacket(message, message.length, InetAddress.getByName(server), port));
        }
    }

    Answer tcp(String from, String server, String name, String type) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(new InetSocketAddress(server, port), 1000);
            socket.setSoTimeout(PATIENCE_MILLIS);
            byte[] message = question(name, type, payload);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            for (byte b : ByteBuffer.allocate(2 + message.length).putShort((short) message.length).put(message).array()) {
                out.write(b); // one by one, as the network may bring them
                out.flush();
            }
            DataInputStream in = new DataInputStream(socket.getInputStream());
            return read(in.readNBytes(in.readUnsignedShort()));
        }
    }

    static byte[] question(String name, String type, int payload) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(ID);
        out.writeShort(0x0100);
        out.writeShort(1);
        out.writeInt(0);
        out.writeShort(payload > 0 ? 1 : 0);
        for (String label : name.split("\\.")) {
            out.writeByte(label.length());
            out.writeBytes(label);
        }
        out.writeByte(0);
        out.writeShort(TYPES.get(type));
        out.writeShort(1);
        if (payload > 0) {
            out.writeByte(0);
            out.writeShort(41);
            out.writeShort(payload);
            out.writeInt(0);
            out.writeShort(0);
        }
        return bytes.toByteArray();
    }

    private static Answer read(byte[] message) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(message);
        if (in.getShort() != ID && message[1] != 7) {
            throw new AssertionError("another's answer");
        }
        int flags = in.getShort();
        int questions = in.getShort();
        int answers = in.getShort();
        in.getInt();
        for (int i = 0; i < questions; i++) {
            name(in);
            in.getInt();
        }
        List<String> addresses = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < answers; i++) {
            name(in);
            int type = in.getShort();
            in.getShort();
            in.getInt();
            byte[] data = new byte[in.getShort()];
            int at = in.position();
            in.get(data);
            if (type == 12) {
                names.add(name(in.duplicate().position(at)));
            } else {
                addresses.add(InetAddress.getByAddress(data).getHostAddress());
            }
        }
        return new Answer(flags & 0x0f, (flags & 0x0200) != 0, addresses, names);
    }

    private static String name(ByteBuffer in) {
        StringBuilder name = new StringBuilder();
        for (int length = in.get() & 0xff; length != 0; length = in.get() & 0xff) {
            if (length >= 0xc0) {
                in.get();
                return name + "*";
            }
            byte[] label = new byte[length];
            in.get(label);
            name.append(name.isEmpty() ? "" : ".").append(new String(label, java.nio.charset.StandardCharsets.US_ASCII));
        }
        return name.toString();
    }
}
