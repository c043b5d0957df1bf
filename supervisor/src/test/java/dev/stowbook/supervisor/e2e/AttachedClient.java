package dev.stowbook.supervisor.e2e;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A client attached to a container, with nothing of our own client: frames over an upgraded connection. */
final class AttachedClient implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final SocketChannel channel;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private String error = "";
    private long passedOver;
    private int exit = -1;
    private boolean over;

    private AttachedClient(SocketChannel channel) {
        this.channel = channel;
    }

    /** Attaches and reads what comes from then on. */
    static AttachedClient reading(Path socket, String target) throws IOException {
        AttachedClient client = deaf(socket, target);
        client.readNow();
        return client;
    }

    /** From now on it reads. */
    void readNow() {
        Thread.ofPlatform().daemon().start(this::read);
    }

    /** Attaches and reads nothing of what comes. */
    static AttachedClient deaf(Path socket, String target) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        AttachedClient client = new AttachedClient(channel);
        client.write(ByteBuffer.wrap(("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: stowbook-stream\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII)));
        String head = client.head();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError(head);
        }
        return client;
    }

    /** What the first frame says, which shows that it is attached; for one that does not read yet. */
    String first() throws IOException {
        DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
        in.readUnsignedByte();
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    private String head() throws IOException {
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.indexOf("\r\n\r\n") < 0 && channel.read(one.clear()) == 1) {
            head.append((char) one.get(0));
        }
        return head.toString();
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void send(int type, byte[] payload) throws IOException {
        write(ByteBuffer.allocate(5 + payload.length).put((byte) type).putInt(payload.length).put(payload).flip());
    }

    void type(String text) throws IOException {
        send(0, text.getBytes(StandardCharsets.UTF_8));
    }

    void endInput() throws IOException {
        send(3, new byte[0]);
    }

    void resize(int rows, int columns) throws IOException {
        send(4, ByteBuffer.allocate(4).putShort((short) rows).putShort((short) columns).array());
    }

    private void read() {
        try {
            DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
            while (true) {
                int type = in.readUnsignedByte();
                take(type, in.readNBytes(in.readInt()));
            }
        } catch (IOException e) {
            synchronized (this) {
                over = true;
                notifyAll();
            }
        }
    }

    private synchronized void take(int type, byte[] payload) {
        switch (type) {
            case 1, 2 -> output.writeBytes(payload);
            case 5 -> exit = ByteBuffer.wrap(payload).getInt();
            case 6 -> error = new String(payload, StandardCharsets.UTF_8);
            case 7 -> passedOver += ByteBuffer.wrap(payload).getLong();
            default -> throw new AssertionError("a frame of type " + type);
        }
        notifyAll();
    }

    /** Everything up to now. */
    synchronized String output() {
        return output.toString(StandardCharsets.UTF_8);
    }

    synchronized long passedOver() {
        return passedOver;
    }

    synchronized String awaitOutput(String part) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!output().contains(part)) {
            if (over || System.nanoTime() > end) {
                throw new AssertionError("'" + part + "' did not come: '" + output() + "' " + error);
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
        return output();
    }

    /** How it ended: an exit code, or the daemon's sentence. */
    synchronized String awaitEnd() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!over) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it is still attached: '" + output() + "'");
            }
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
        return exit >= 0 ? "exit " + exit : error;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
