package dev.stowbook.supervisor.cli;

import dev.stowbook.linux.terminal.Terminal;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code exec}: one more program in a container. */
final class ExecCommand {
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
        try (AttachedStreams streams = attach(exec)) {
            AttachedStreams.End end = streams.pass(terminal, interactive, DetachKeys.NONE);
            if (end.error() != null) {
                throw new Failure(failureCode(exec), end.error());
            }
            return end.exitCode().orElse(ExitCode.FAILURE);
        }
    }

    private AttachedStreams attach(String exec) throws IOException {
        try {
            return AttachedStreams.open(session, exec + "/attach");
        } catch (Failure refused) {
            throw new Failure(failureCode(exec), refused.sentence(), refused.lines());
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

    /** A program that could not be started has a code, too, as a shell would have it: 127 not found, 126 not executable. */
    private int failureCode(String exec) {
        try {
            return (int) Json.object(session.api().get(exec)).number("exitCode", ExitCode.FAILURE);
        } catch (IOException | Failure e) {
            // The error itself is what matters, and it is told.
            return ExitCode.FAILURE;
        }
    }
}
