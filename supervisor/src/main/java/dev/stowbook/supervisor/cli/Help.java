package dev.stowbook.supervisor.cli;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Help, written from the command table. */
final class Help {
    private Help() {}

    static int show(@Nullable CommandSpec command, Arguments arguments, PrintStream out) {
        if (command != null && !command.name().equals("help")) {
            one(command, out);
            return ExitCode.OK;
        }
        String name = String.join(" ", arguments.operands());
        CommandSpec asked = name.isEmpty() ? null : CommandTable.find(name);
        if (asked != null) {
            one(asked, out);
        } else if (name.isEmpty() || CommandTable.isGroup(name)) {
            all(out, name.isEmpty() ? "" : name + " ");
        } else {
            throw Failure.usage("there is no command '" + name + "'; 'stowbook help' lists them.");
        }
        return ExitCode.OK;
    }

    private static void all(PrintStream out, String prefix) {
        out.println("stowbook: runs containers from a book of everything that happened.\n");
        out.println("Usage: stowbook [OPTIONS] COMMAND ...\n\nCommands:");
        for (CommandSpec command : CommandTable.COMMANDS) {
            if (command.name().startsWith(prefix)) {
                out.println("  " + pad(command.name(), 14) + command.summary());
            }
        }
        if (prefix.isEmpty()) {
            out.println("  " + pad("quickstart", 14) + "Build, start a daemon of its own, and show a pod at work (from a source tree).");
        }
        out.println("\nOptions of every command:");
        options(CommandTable.COMMON, out);
        out.println("""

                Names: a pod is its name, its id or the beginning of its id; a container is pod/container, or pod if it has one.
                Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 conflict, 5 no daemon; exec, attach and wait: the process's own.
                'stowbook COMMAND --help' tells more about a command.""");
    }

    private static void one(CommandSpec command, PrintStream out) {
        out.println("Usage: stowbook " + command.name() + (command.options().isEmpty() ? "" : " [OPTIONS]")
                + (command.operands().isEmpty() ? "" : " " + command.operands()));
        out.println("\n" + command.summary());
        if (!command.options().isEmpty()) {
            out.println("\nOptions:");
            options(command.options(), out);
        }
        out.println("\nOptions of every command:");
        options(CommandTable.COMMON, out);
    }

    private static void options(List<OptionSpec> options, PrintStream out) {
        for (OptionSpec option : options) {
            out.println("  " + pad(option.title(), 28) + option.help());
        }
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text + "  " : text + " ".repeat(width - text.length());
    }
}
