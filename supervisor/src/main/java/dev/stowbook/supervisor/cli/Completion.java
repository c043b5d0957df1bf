package dev.stowbook.supervisor.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Completion scripts, written from the command table. Names of pods, containers, images, networks and volumes are asked of the daemon. */
final class Completion {
    private Completion() {}

    static int print(String shell, PrintStream out) {
        switch (shell) {
            case "bash" -> bash(out);
            case "zsh" -> {
                out.print("#compdef stowbook\nautoload -U +X bashcompinit && bashcompinit\n");
                bash(out);
            }
            case "fish" -> fish(out);
            default -> throw Failure.usage("completion takes bash, zsh or fish, not '" + shell + "'.");
        }
        return ExitCode.OK;
    }

    private static List<String> groups() {
        return CommandTable.firstWords().stream().filter(CommandTable::isGroup).toList();
    }

    private static String firstWords() {
        return String.join(" ", CommandTable.firstWords()) + " quickstart";
    }

    /** Commands that print the names a command takes; {@code file} is the shell's own matter. */
    private static List<String> listings(CommandSpec command) {
        List<String> listings = new ArrayList<>();
        for (String kind : command.completes().split(" ")) {
            listings.addAll(switch (kind) {
                case "pod" -> List.of("stowbook pods -q 2>/dev/null");
                case "container" -> List.of("stowbook pods -q 2>/dev/null", "stowbook ps -a -q 2>/dev/null");
                case "image", "volume", "network" -> List.of("stowbook " + kind + " ls -q 2>/dev/null");
                default -> List.<String>of();
            });
        }
        return listings;
    }

    /** What the words of an operand may be where they are always the same. */
    private static String words(CommandSpec command) {
        return switch (command.name()) {
            case "completion" -> "bash zsh fish";
            case "help" -> firstWords();
            default -> "";
        };
    }

    private static void bash(PrintStream out) {
        out.print("""
                _stowbook() {
                  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="" words="" i
                  for ((i = 1; i < COMP_CWORD; i++)); do
                    case "${COMP_WORDS[i]}" in
                      -H|--host|-o|--output) ((i++)) ;;
                      -*) ;;
                      *) case "$command" in
                           ''|GROUPS) command="${command:+$command }${COMP_WORDS[i]}" ;;
                         esac ;;
                    esac
                  done
                  case "$command $before" in
                """.replace("GROUPS", String.join("|", groups())));
        for (OptionSpec option : CommandTable.COMMON) {
            choices("*", option, out);
        }
        for (CommandSpec command : CommandTable.COMMANDS) {
            for (OptionSpec option : command.options()) {
                choices("'" + command.name() + "'", option, out);
            }
        }
        out.println("  esac\n  if [ -z \"$words\" ]; then case \"$command\" in");
        out.println("    '') words=\"" + firstWords() + "\"; if [[ \"$word\" == -* ]]; then words=\"" + options(Stream.empty()) + "\"; fi ;;");
        for (String group : groups()) {
            out.println("    " + group + ") words=\"" + String.join(" ", CommandTable.wordsAfter(group)) + "\" ;;");
        }
        for (CommandSpec command : CommandTable.COMMANDS) {
            String names = listings(command).stream().map(listing -> "$(" + listing + ")").collect(Collectors.joining(" "));
            out.println("    '" + command.name() + "')");
            out.println("      if [[ \"$word\" == -* ]]; then words=\"" + options(command.options().stream()) + "\"; else words=\""
                    + (names + " " + words(command)).strip() + "\"; fi ;;");
        }
        out.print("""
                  esac; fi
                  COMPREPLY=($(compgen -W "$words" -- "$word"))
                  if [ ${#COMPREPLY[@]} -eq 0 ] && [[ "$word" != -* ]]; then COMPREPLY=($(compgen -f -- "$word")); fi
                }
                complete -F _stowbook stowbook
                """);
    }

    private static void choices(String command, OptionSpec option, PrintStream out) {
        if (!option.choices().isEmpty()) {
            String letter = option.letter() == 0 ? "" : command + "' -" + option.letter() + "'|";
            out.println("    " + letter + command + "' --" + option.name() + "') words=\"" + String.join(" ", option.choices()) + "\" ;;");
        }
    }

    private static String options(Stream<OptionSpec> own) {
        return Stream.concat(own, CommandTable.COMMON.stream()).map(option -> "--" + option.name()).collect(Collectors.joining(" "));
    }

    private static void fish(PrintStream out) {
        out.println("complete -c stowbook -f");
        CommandTable.COMMON.forEach(option -> option("", option, out));
        out.println("complete -c stowbook -n __fish_use_subcommand -a quickstart");
        for (String group : groups()) {
            out.println("complete -c stowbook -n __fish_use_subcommand -a " + group + " -d '" + String.join(", ", CommandTable.wordsAfter(group)) + "'");
        }
        for (CommandSpec command : CommandTable.COMMANDS) {
            String group = command.group();
            String unfinished = group.isEmpty() ? "__fish_use_subcommand"
                    : "'__fish_seen_subcommand_from " + group + "; and not __fish_seen_subcommand_from " + String.join(" ", CommandTable.wordsAfter(group)) + "'";
            out.println("complete -c stowbook -n " + unfinished + " -a " + command.lastWord() + " -d '" + quoted(command.summary()) + "'");
            String finished = "'__fish_seen_subcommand_from " + command.firstWord() + (group.isEmpty()
                    ? "; and not __fish_seen_subcommand_from " + String.join(" ", groups()) + "'"
                    : "; and __fish_seen_subcommand_from " + command.lastWord() + "'");
            command.options().forEach(option -> option(" -n " + finished, option, out));
            if (command.completes().contains("file")) {
                out.println("complete -c stowbook -n " + finished + " -F");
            }
            String names = (listings(command).isEmpty() ? "" : "(" + String.join("; ", listings(command)) + ") ") + words(command);
            if (!names.isBlank()) {
                out.println("complete -c stowbook -n " + finished + " -a '" + names.strip() + "'");
            }
        }
    }

    private static void option(String condition, OptionSpec option, PrintStream out) {
        String value = !option.choices().isEmpty() ? " -x -a '" + String.join(" ", option.choices()) + "'" : option.takesValue() ? " -r -F" : "";
        out.println("complete -c stowbook" + condition + (option.letter() == 0 ? "" : " -s " + option.letter()) + " -l " + option.name() + value
                + " -d '" + quoted(option.help()) + "'");
    }

    private static String quoted(String text) {
        return text.replace("\\", "\\\\").replace("'", "\\'");
    }
}
