package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;

/** The {@code stowbook} command. */
public final class Stowbook {
    private Stowbook() {}

    /** Carries out a command line and ends the process with its exit code ({@link ExitCode}). */
    public static void main(String[] args) {
        Environment environment = Environment.system();
        int code = run(args, environment);
        if (environment.out().checkError()) {
            code = code == ExitCode.OK ? ExitCode.FAILURE : code;
            if (!Environment.pipeOut()) {
                environment.err().println("stowbook: standard output could not be written to, and what it has is not whole: is there room left?");
            }
        }
        // Not exit, which looks for a logger first: there are no hooks to run, and exec has put the terminal back by itself.
        Runtime.getRuntime().halt(code);
    }

    /** Carries out a command line. @return the exit code */
    static int run(String[] args, Environment environment) {
        try {
            Arguments arguments = Arguments.parse(args);
            if (arguments.has("help")) {
                return Help.show(arguments.command(), arguments, environment.out());
            }
            return dispatch(arguments, environment);
        } catch (Failure failure) {
            environment.out().flush();
            Session.report(failure, environment.err());
            return failure.exitCode();
        } catch (FileSystemException e) {
            environment.out().flush();
            Session.report(new Failure(ExitCode.FAILURE, "a file here is in the way: " + Failure.file(e) + "."), environment.err());
            return ExitCode.FAILURE;
        } catch (IOException e) {
            environment.out().flush();
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            environment.err().println("stowbook: talking to the daemon failed: " + reason + ".");
            return ExitCode.FAILURE;
        }
    }

    private static int dispatch(Arguments arguments, Environment environment) throws IOException {
        String name = arguments.command().name();
        switch (name) {
            case "help":
                return Help.show(null, arguments, environment.out());
            case "completion":
                return Completion.print(arguments.operand(0), environment.out());
            case "daemon":
                handOver("Daemon", arguments, new ArrayList<>());
                return untilTheEnd();
            case "log verify", "log truncate":
                handOver("OfflineBook", arguments, new ArrayList<>(List.of(name.substring("log ".length()))));
                return ExitCode.OK;
            default:
                break;
        }
        Session session = new Session(arguments, environment, Api.of(arguments, environment));
        return switch (name) {
            case "apply", "delete" -> ManifestCommands.run(session);
            case "start", "stop", "pause", "resume", "kill", "rm", "wait" -> LifeCommands.run(session);
            case "update" -> UpdateCommand.run(session);
            case "ps" -> ListCommands.containers(session);
            case "pods" -> ListCommands.pods(session);
            case "network ls" -> ListCommands.networks(session);
            case "volume create", "volume ls", "volume inspect", "volume rm", "volume prune" -> VolumeCommands.run(session);
            case "network create", "network inspect", "network rm", "network prune", "network connect", "network disconnect" ->
                NetworkCommands.run(session);
            case "image ls" -> ListCommands.images(session);
            case "image lock" -> LockCommand.run(session);
            case "image import", "image load", "image rm", "image tag" -> ImageCommands.run(session);
            case "cp" -> CopyCommand.run(session);
            case "build" -> BuildCommand.run(session);
            case "fsck", "image prune", "image gc" -> CareCommands.run(session);
            case "image save", "image history", "export", "commit" -> ContentCommands.run(session);
            case "pull", "push", "login", "logout" -> RegistryCommands.run(session);
            case "logs" -> LogsCommand.run(session);
            case "exec" -> ExecCommand.run(session);
            case "attach" -> AttachCommand.run(session);
            case "diff" -> ListCommands.changes(session);
            case "inspect" -> InspectCommand.run(session);
            case "stats" -> StatsCommand.run(session);
            case "events" -> EventsCommand.run(session);
            case "why", "verify", "info", "version" -> BookCommands.run(session);
            default -> throw new IllegalStateException("the command '" + name + "' is in the table, but nowhere else");
        };
    }

    /** Hands over to a program of {@code boot}, by name: nobody imports that, and a client need not load it. */
    private static void handOver(String program, Arguments arguments, List<String> words) {
        for (OptionSpec option : arguments.command().options()) {
            String value = arguments.option(option.name());
            if (value != null) {
                words.add("--" + option.name());
                words.add(value);
            }
        }
        String[] rest = words.toArray(new String[0]);
        try {
            Class.forName("dev.stowbook.supervisor.boot." + program).getMethod("main", String[].class).invoke(null, (Object) rest);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new Failure(ExitCode.FAILURE, "this is a fault of Stowbook itself: " + cause + ".");
        } catch (ReflectiveOperationException e) {
            throw new Failure(ExitCode.FAILURE, "this class path holds no daemon: " + e + ".");
        }
    }

    /** The daemon's threads keep the process; its main has returned once they run. */
    private static int untilTheEnd() {
        try {
            Thread.currentThread().join();
            return ExitCode.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILURE;
        }
    }
}
