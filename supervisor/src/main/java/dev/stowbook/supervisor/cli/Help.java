package dev.stowbook.supervisor.cli;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Help, written from the command table; no line is longer than a terminal of 80 columns. */
final class Help {
    static final int WIDTH = 80;
    private static final int OPTION_WIDTH = 28;

    private final PrintStream out;

    private Help(PrintStream out) {
        this.out = out;
    }

    static int show(@Nullable CommandSpec command, Arguments arguments, PrintStream out) {
        Help help = new Help(out);
        if (command != null && !command.name().equals("help")) {
            help.one(command);
            return ExitCode.OK;
        }
        String name = String.join(" ", arguments.operands());
        CommandSpec asked = name.isEmpty() ? null : CommandTable.find(name);
        if (asked != null) {
            help.one(asked);
        } else if (name.isEmpty()) {
            help.all();
        } else if (CommandTable.isGroup(name)) {
            help.group(name);
        } else {
            throw Failure.usage(Arguments.noCommand(name));
        }
        return ExitCode.OK;
    }

    private void all() {
        out.println("stowbook: runs containers from a book of everything that happened.\n");
        out.println("Usage: stowbook [OPTIONS] COMMAND ...");
        for (CommandTable.Section section : CommandTable.SECTIONS) {
            out.println("\n" + section.title());
            for (CommandSpec command : section.commands()) {
                row(command.name(), 20, command.summary());
            }
        }
        row("quickstart", 20, "Build, start a daemon, show a pod (from a source tree).");
        out.println("\nOptions of every command");
        options(CommandTable.COMMON);
        out.println("""

                Names: a pod is its name, its id or the beginning of its id; a container is
                pod/container, or pod if it has one.
                Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 conflict, 5 no
                daemon; exec, attach and wait: the process's own.
                'stowbook COMMAND --help' tells more about a command.""");
    }

    private void group(String group) {
        out.println("Usage: stowbook " + group + " COMMAND ...\n");
        for (CommandSpec command : CommandTable.COMMANDS) {
            if (command.group().equals(group)) {
                row(command.lastWord(), 14, command.summary());
            }
        }
        out.println("\n'stowbook " + group + " COMMAND --help' tells more about a command.");
    }

    private void one(CommandSpec command) {
        String options = command.options().isEmpty() ? "" : " [OPTIONS]";
        out.println("Usage: stowbook " + command.name() + options + (command.operands().isEmpty() ? "" : " " + command.operands()));
        out.println();
        wrapped((command.summary() + " " + command.more()).strip(), 0);
        if (!command.options().isEmpty()) {
            out.println("\nOptions");
            options(command.options());
        }
        out.println("\nOptions of every command");
        options(CommandTable.COMMON);
    }

    private void options(List<OptionSpec> options) {
        for (OptionSpec option : options) {
            row(option.title(), OPTION_WIDTH, option.help());
        }
    }

    /** A name with what it means beside it, or below if the name is long. */
    private void row(String name, int width, String text) {
        boolean beside = name.length() + 2 <= width;
        out.print("  " + name + (beside ? " ".repeat(width - name.length()) : "\n" + " ".repeat(2 + width)));
        wrapped(text, 2 + width);
    }

    /** Prints text from a column on, broken between words. */
    private void wrapped(String text, int column) {
        int at = column;
        for (String word : text.split(" ")) {
            if (at > column && at + 1 + word.length() > WIDTH) {
                out.print("\n" + " ".repeat(column));
                at = column;
            }
            out.print(at > column ? " " + word : word);
            at += word.length() + (at > column ? 1 : 0);
        }
        out.println();
    }
}
