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
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code exec}: one more program in a container, its streams in frames over the upgraded connection. */
final class ExecCommand {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int END_OF_STDIN = 3;
    private static final int RESIZE = 4;
    private static final int EXIT = 5;
    private static final int ERROR = 6;
    private static final int LARGEST_FRAME_BYTES = 16 * 1024 * 1024;

    private final Session session;
    private final boolean tty;
    private final boolean interactive;

    private ExecCommand(Session session) {
        this.session = session;
        this.tty = session.arguments().has("tty");
        this.interactive = session.arguments().has("interactive");
    }

    static int run(Session session) throws IOException {
        if (session.arguments().json()) {
            throw Failure.usage("exec prints what the program prints; it takes no -o json.");
        }
        return new ExecCommand(session).run();
    }

    private int run() throws IOException {
        Terminal terminal = tty ? Terminal.real() : null;
        if (terminal != null && interactive && !terminal.isTerminal(0)) {
            throw Failure.usage("standard input is no terminal: leave -t out.");
        }
        String reference = session.arguments().operand(0);
        byte[] answer = session.api().send("POST", "/v1/containers/" + Api.encode(reference) + "/exec", "application/json", Map.of(), request());
        String exec = "/v1/execs/" + Json.object(answer).text("id");
        Map<String, String> upgrade = Map.of("Connection", "Upgrade", "Upgrade", "stowbook-stream");
        try (HttpResponse response = session.api().call("GET", exec + "/attach", upgrade, RequestBody.NONE)) {
            if (response.status() != 101) {
                throw new IOException("the daemon answered the upgrade with status " + response.status());
            }
            return attached(response, terminal, exec);
        }
    }

    private byte[] request() {
        Arguments arguments = session.arguments();
        Map<String, Object> body = new LinkedHashMap<>();
        List<String> operands = arguments.operands();
        body.put("command", operands.subList(1, operands.size()));
        body.put("tty", tty);
        body.put("stdin", interactive);
        body.put("attach", true);
        if (arguments.has("env")) {
            body.put("env", arguments.all("env"));
        }
        if (arguments.has("workdir")) {
            body.put("workingDir", arguments.all("workdir").get(0));
        }
        if (arguments.has("user")) {
            body.put("user", arguments.all("user").get(0));
        }
        return Json.compact(body);
    }

    private int attached(HttpResponse response, @Nullable Terminal terminal, String exec) throws IOException {
        Frames frames = new Frames(response.connection().out());
        Terminal.RawMode raw = null;
        Thread restore = null;
        try {
            if (terminal != null) {
                // The output may go elsewhere; the window is that of the terminal that is typed on.
                resizes(terminal, frames);
                raw = interactive ? terminal.raw(0) : null;
                // Raw mode must not outlive the command, however it ends.
                restore = raw == null ? null : new Thread(raw::close);
                if (restore != null) {
                    Runtime.getRuntime().addShutdownHook(restore);
                }
            }
            if (interactive) {
                pump(session.environment().in(), frames);
            }
            return output(new DataInputStream(response.body()), exec);
        } catch (LinuxException e) {
            throw new Failure(ExitCode.FAILURE, "the terminal refused raw mode: " + e.getMessage() + ".");
        } finally {
            if (raw != null) {
                raw.close();
            }
        }
    }

    private static void resizes(Terminal terminal, Frames frames) throws LinuxException {
        if (terminal.isTerminal(0)) {
            frames.resize(terminal.size(0));
            terminal.onResize(() -> {
                try {
                    frames.resize(terminal.size(0));
                } catch (LinuxException e) {
                    // The terminal went away; the size it had stays.
                }
            });
        }
    }

    /** Sends standard input until it ends. The thread dies with the process: a read from a terminal cannot be interrupted. */
    private static void pump(InputStream in, Frames frames) {
        Thread pump = new Thread(() -> {
            byte[] buffer = new byte[16 * 1024];
            try {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    frames.send(STDIN, buffer, count);
                }
                frames.send(END_OF_STDIN, buffer, 0);
            } catch (IOException e) {
                // The program has ended, and the connection with it: the exit frame tells the rest.
            }
        }, "standard-input");
        pump.setDaemon(true);
        pump.start();
    }

    private int output(DataInputStream in, String exec) throws IOException {
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
            } catch (EOFException e) {
                throw new Failure(ExitCode.FAILURE, "the connection to the program was lost; it may still run.");
            }
            switch (type) {
                case STDOUT -> write(session.out(), payload);
                case STDERR -> write(session.err(), payload);
                case EXIT -> {
                    return payload.length < 4 ? ExitCode.FAILURE : payload[3] & 0xff;
                }
                case ERROR -> throw new Failure(failureCode(exec), new String(payload, StandardCharsets.UTF_8));
                default -> {
                    // A newer daemon may have more to say than an older command understands.
                }
            }
        }
    }

    /** A program that could not be started has a code, too, as a shell would have it: 127 not found, 126 not executable. */
    private int failureCode(String exec) {
        try {
            return (int) Json.object(session.api().get(exec)).number("exitCode", ExitCode.FAILURE);
        } catch (IOException | Failure e) {
            // The error itself is what matters, and it is told.
            return ExitCode.FAILURE;
        }
    }

    private static void write(PrintStream stream, byte[] payload) {
        stream.write(payload, 0, payload.length);
        stream.flush();
    }

    /** Writes frames: type, length, payload. The window's size and the input come from two threads. */
    private static final class Frames {
        private final OutputStream out;

        Frames(OutputStream out) {
            this.out = out;
        }

        synchronized void send(int type, byte[] bytes, int count) throws IOException {
            byte[] frame = new byte[5 + count];
            frame[0] = (byte) type;
            frame[1] = (byte) (count >>> 24);
            frame[2] = (byte) (count >>> 16);
            frame[3] = (byte) (count >>> 8);
            frame[4] = (byte) count;
            System.arraycopy(bytes, 0, frame, 5, count);
            out.write(frame);
        }

        void resize(WindowSize size) {
            byte[] words = {(byte) (size.rows() >>> 8), (byte) size.rows(), (byte) (size.columns() >>> 8), (byte) size.columns()};
            try {
                send(RESIZE, words, words.length);
            } catch (IOException e) {
                // As above: the exit frame tells.
            }
        }
    }
}
