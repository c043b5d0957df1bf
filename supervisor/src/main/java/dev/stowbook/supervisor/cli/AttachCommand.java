package dev.stowbook.supervisor.cli;

import dev.stowbook.linux.terminal.Terminal;
import java.io.IOException;

/** {@code attach}: the streams of a container's own process, for as long as it runs or until the detach keys are typed. */
final class AttachCommand {
    private AttachCommand() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        if (arguments.json()) {
            throw Failure.usage("attach prints what the container prints; it takes no -o json.");
        }
        String keys = arguments.option("detach-keys");
        DetachKeys leave = DetachKeys.parse(keys == null ? DetachKeys.DEFAULT : keys);
        String name = arguments.operand(0);
        String container = "/v1/containers/" + Api.encode(name);
        JsonObject about = Json.object(session.api().get(container));
        boolean input = about.truth("stdin") && !arguments.has("no-stdin");
        Query target = new Query(container + "/attach").with("stdin", input ? true : null).with("logs", arguments.number("logs"));
        Terminal terminal = about.truth("tty") ? Terminal.real() : null;
        try (AttachedStreams streams = AttachedStreams.open(session, target.toString())) {
            if (terminal != null) {
                streams.redraw(terminal);
            }
            AttachedStreams.End end = streams.pass(terminal, input, leave);
            if (end.error() != null) {
                throw new Failure(ExitCode.FAILURE, name + ": " + end.error() + ".");
            }
            if (end.exitCode().isEmpty()) {
                session.err().println("\nstowbook: detached; " + name + " goes on.");
            }
            return end.exitCode().orElse(ExitCode.OK);
        }
    }
}
