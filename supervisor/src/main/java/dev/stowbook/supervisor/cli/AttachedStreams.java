package dev.stowbook.supervisor.cli;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.terminal.Terminal;
import dev.stowbook.linux.terminal.WindowSize;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The streams of a process in frames over an upgraded connection: type, length, payload. */
final class AttachedStreams implements AutoCloseable {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int END_OF_STDIN = 3;
    private static final int RESIZE = 4;
    private static final int EXIT = 5;
    private static final int ERROR = 6;
    private static final int PASSED_OVER = 7;
    private static final int LARGEST_FRAME_BYTES = 16 * 1024 * 1024;

    private final Session session;
    private final HttpResponse response;
    private final OutputStream out;
    private volatile boolean detached;

    private AttachedStreams(Session session, HttpResponse response) {
        this.session = session;
        this.response = response;
        this.out = response.connection().out();
    }

    /** How it ended for this client: the process's exit code, none if the client left it, or the daemon's word for why not. */
    record End(OptionalInt exitCode, @Nullable String error) {}

    /** Asks for the streams. @throws Failure with the daemon's reason if it refuses */
    static AttachedStreams open(Session session, String target) throws IOException {
        Map<String, String> upgrade = Map.of("Connection", "Upgrade", "Upgrade", "stowbook-stream");
        HttpResponse response = session.api().call("GET", target, upgrade, RequestBody.NONE);
        if (response.status() != 101) {
            response.close();
            throw new IOException("the daemon answered the upgrade with status " + response.status());
        }
        return new AttachedStreams(session, response);
    }

    /**
     * Passes everything on until the process or the connection ends.
     *
     * @param terminal the terminal whose size the process is to have, if it has one
     * @param input whether standard input is passed on, from a terminal as it is typed
     * @param leave keys that end this command alone
     */
    End pass(@Nullable Terminal terminal, boolean input, DetachKeys leave) throws IOException {
        Terminal.RawMode raw = null;
        try {
            if (terminal != null && terminal.isTerminal(0)) {
                // The output may go elsewhere; the window is that of the terminal that is typed on.
                follow(terminal);
                raw = input ? terminal.raw(0) : null;
                // Raw mode must not outlive the command, however it ends.
                if (raw != null) {
                    Runtime.getRuntime().addShutdownHook(new Thread(raw::close));
                }
            }
            if (input) {
                pump(session.environment().in(), raw == null ? DetachKeys.NONE : leave);
            }
            return output(new DataInputStream(response.body()), raw != null);
        } catch (LinuxException e) {
            throw new Failure(ExitCode.FAILURE, "the terminal refused raw mode: " + e.getMessage() + ".");
        } finally {
            if (raw != null) {
                raw.close();
            }
        }
    }

    private void follow(Terminal terminal) throws LinuxException {
        resize(terminal.size(0));
        terminal.onResize(() -> {
            try {
                resize(terminal.size(0));
            } catch (LinuxException e) {
                // The terminal went away; the size it had stays.
            }
        });
    }

    /** A program that draws on its whole screen draws again when the size changes: so it does for whoever attaches later. */
    void redraw(Terminal terminal) {
        try {
            if (terminal.isTerminal(0)) {
                WindowSize size = terminal.size(0);
                resize(new WindowSize(size.rows() + 1, size.columns() + 1));
            }
        } catch (LinuxException e) {
            // The terminal went away; nobody will see what is not drawn.
        }
    }

    /** Sends standard input until it ends. The thread dies with the process: a read from a terminal cannot be interrupted. */
    private void pump(InputStream in, DetachKeys leave) {
        Thread pump = new Thread(() -> {
            byte[] buffer = new byte[16 * 1024];
            try {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    byte[] wanted = leave.filter(buffer, count);
                    send(STDIN, wanted, wanted.length);
                    if (leave.typed()) {
                        detached = true;
                        close();
                        return;
                    }
                }
                send(END_OF_STDIN, buffer, 0);
            } catch (IOException e) {
                // The program has ended, and the connection with it: the exit frame tells the rest.
            }
        }, "standard-input");
        pump.setDaemon(true);
        pump.start();
    }

    private End output(DataInputStream in, boolean raw) throws IOException {
        while (true) {
            int type;
            byte[] payload;
            try {
                type = in.readUnsignedByte();
                int length = in.readInt();
                if (length < 0 || length > LARGEST_FRAME_BYTES) {
                    throw new IOException("a frame of " + length + " bytes came from the daemon");
                }
                payload = in.readNBytes(length);
                if (payload.length < length) {
                    throw new EOFException();
                }
            } catch (IOException e) {
                if (detached) {
                    return new End(OptionalInt.empty(), null);
                }
                if (e instanceof EOFException) {
                    throw new Failure(ExitCode.FAILURE, "the connection to the program was lost; it may still run.");
                }
                throw e;
            }
            switch (type) {
                case STDOUT -> write(session.out(), payload);
                case STDERR -> write(session.err(), payload);
                case PASSED_OVER -> session.err().print("stowbook: " + new BigInteger(1, payload) + " bytes of output were passed over, as they were not"
                        + " read in time; 'stowbook logs' has them." + (raw ? "\r\n" : "\n"));
                case EXIT -> {
                    return new End(OptionalInt.of(payload.length < 4 ? ExitCode.FAILURE : payload[3] & 0xff), null);
                }
                case ERROR -> {
                    return new End(OptionalInt.empty(), new String(payload, StandardCharsets.UTF_8));
                }
                default -> {
                    // A newer daemon may have more to say than an older command understands.
                }
            }
        }
    }

    private static void write(PrintStream stream, byte[] payload) {
        stream.write(payload, 0, payload.length);
        stream.flush();
    }

    /** The window's size and the input come from two threads. */
    private synchronized void send(int type, byte[] bytes, int count) throws IOException {
        byte[] frame = new byte[5 + count];
        frame[0] = (byte) type;
        frame[1] = (byte) (count >>> 24);
        frame[2] = (byte) (count >>> 16);
        frame[3] = (byte) (count >>> 8);
        frame[4] = (byte) count;
        System.arraycopy(bytes, 0, frame, 5, count);
        out.write(frame);
    }

    private void resize(WindowSize size) {
        byte[] words = {(byte) (size.rows() >>> 8), (byte) size.rows(), (byte) (size.columns() >>> 8), (byte) size.columns()};
        try {
            send(RESIZE, words, words.length);
        } catch (IOException e) {
            // As above: the exit frame tells.
        }
    }

    @Override
    public void close() {
        response.close();
    }
}
