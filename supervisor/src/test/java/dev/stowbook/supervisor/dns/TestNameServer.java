package dev.stowbook.supervisor.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The host's name server: {@code outside.example} is 192.0.2.7, {@code broken.example} is broken, nothing else is there. */
final class TestNameServer implements AutoCloseable {
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final List<String> questions = new CopyOnWriteArrayList<>();
    private final List<Integer> ids = new CopyOnWriteArrayList<>();
    private final List<Integer> payloads = new CopyOnWriteArrayList<>();
    private volatile boolean silent;
    private volatile boolean forge;

    private TestNameServer(DatagramSocket udp, ServerSocket tcp) {
        this.udp = udp;
        this.tcp = tcp;
    }

    static TestNameServer start(String address) throws IOException {
        DatagramSocket udp = new DatagramSocket(new InetSocketAddress(address, 0));
        ServerSocket tcp = new ServerSocket(udp.getLocalPort(), 5, InetAddress.getByName(address));
        TestNameServer server = new TestNameServer(udp, tcp);
        Thread.ofPlatform().daemon().start(server::serveUdp);
        Thread.ofPlatform().daemon().start(server::serveTcp);
        return server;
    }

    int port() {
        return udp.getLocalPort();
    }

    List<String> questions() {
        return questions;
    }

    List<Integer> ids() {
        return ids;
    }

    List<Integer> payloads() {
        return payloads;
    }

    /** Nothing was asked so far. */
    void forget() {
        questions.clear();
        ids.clear();
        payloads.clear();
    }

    void silent(boolean value) {
        silent = value;
    }

    /** Answers with another id and a lie before it tells the truth. */
    void forgeFirst() {
        forge = true;
    }

    private void serveUdp() {
        byte[] buffer = new byte[4096];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                byte[] question = java.util.Arrays.copyOf(buffer, packet.getLength());
                Optional<byte[]> answer = answer(question);
                if (answer.isPresent()) {
                    if (forge) {
                        byte[] lie = answer.get().clone();
                        lie[0] ^= 1;
                        lie[lie.length - 1] = 66;
                        udp.send(new DatagramPacket(lie, lie.length, packet.getSocketAddress()));
                    }
                    udp.send(new DatagramPacket(answer.get(), answer.get().length, packet.getSocketAddress()));
                }
            }
        } catch (IOException e) {
            // closed: the test is over
        }
    }

    private void serveTcp() {
        try {
            while (true) {
                try (Socket socket = tcp.accept()) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    byte[] answer = answer(in.readNBytes(in.readUnsignedShort())).orElse(new byte[0]);
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(answer.length);
                    out.write(answer);
                }
            }
        } catch (IOException e) {
            // closed: the test is over
        }
    }

    private Optional<byte[]> answer(byte[] question) {
        ByteBuffer in = ByteBuffer.wrap(question);
        ids.add(in.getShort() & 0xffff);
        in.position(12);
        StringBuilder name = new StringBuilder();
        for (int length = in.get(); length > 0; length = in.get()) {
            byte[] label = new byte[length];
            in.get(label);
            name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
        }
        in.getInt();
        int end = in.position();
        if (question[11] == 1) {
            in.get();
            in.getShort();
            payloads.add((int) in.getShort());
        }
        questions.add(name.toString());
        return silent ? Optional.empty() : Optional.of(answer(question, end, name.toString()));
    }

    private static byte[] answer(byte[] question, int end, String name) {
        boolean known = name.equals("outside.example");
        int code = known ? 0 : name.equals("broken.example") ? 2 : 3;
        ByteBuffer out = ByteBuffer.allocate(end + 16);
        out.put(question, 0, end);
        out.putShort(2, (short) (0x8180 | code)).putShort(6, (short) (known ? 1 : 0)).putShort(10, (short) 0);
        if (known) {
            out.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1).putInt(60).putShort((short) 4).put(new byte[] {(byte) 192, 0, 2, 7});
        }
        return java.util.Arrays.copyOf(out.array(), out.position());
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
