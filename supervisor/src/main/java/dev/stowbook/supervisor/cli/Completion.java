package dev.stowbook.supervisor.cli;

import java.io.PrintStream;
import java.util.List;

/** Completion scripts, written from the command table. Names of pods, containers and images are asked of the daemon. */
final class Completion {
    private Completion() {}

    static int print(String shell, PrintStream out) {
        switch (shell) {
            case "bash" -> bash(out, "complete -F _stowbook stowbook\n");
            case "zsh" -> {
                out.print("#compdef stowbook\nautoload -U +X bashcompinit && bashcompinit\n");
                bash(out, "complete -F _stowbook stowbook\n");
            }
            case "fish" -> fish(out);
            default -> throw Failure.usage("completion takes bash, zsh or fish, not '" + shell + "'.");
        }
        return ExitCode.OK;
    }

    private static void bash(PrintStream out, String registration) {
        out.print("""
                _stowbook() {
                  local word="${COMP_WORDS[COMP_CWORD]}" command="" i
                  for ((i = 1; i < COMP_CWORD; i++)); do
                    case "${COMP_WORDS[i]}" in
                      -H|--host|-o|--output) ((i++)) ;;
                      -*) ;;
                      *) if [ -z "$command" ]; then command="${COMP_WORDS[i]}"
                         elif [ "$command" = image ] || [ "$command" = network ] || [ "$command" = volume ] || [ "$command" = log ]; then command="$command ${COMP_WORDS[i]}"
                         fi ;;
                    esac
                  done
                  local words=""
                  case "$command" in
                """);
        out.println("    '') words=\"" + firstWords() + "\" ;;");
        out.println("    image) words=\"import load lock ls rm tag\" ;;");
        out.println("    network) words=\"ls\" ;;");
        out.println("    volume) words=\"create ls inspect rm prune\" ;;");
        out.println("    log) words=\"verify truncate\" ;;");
        for (CommandSpec command : CommandTable.COMMANDS) {
            out.println("    '" + command.name() + "')");
            out.println("      if [[ \"$word\" == -* ]]; then words=\"" + options(command) + "\"; else " + names(command) + "; fi ;;");
        }
        out.print("""
                  esac
                  COMPREPLY=($(compgen -W "$words" -- "$word"))
                  if [ ${#COMPREPLY[@]} -eq 0 ] && [[ "$word" != -* ]]; then COMPREPLY=($(compgen -f -- "$word")); fi
                }
                """);
        out.print(registration);
    }

    private static String names(CommandSpec command) {
        return switch (command.completes()) {
            case "pod" -> "words=\"$(stowbook pods -q 2>/dev/null)\"";
            case "container" -> "words=\"$(stowbook pods -q 2>/dev/null) $(stowbook ps -a -q 2>/dev/null)\"";
            case "image" -> "words=\"$(stowbook image ls -q 2>/dev/null)\"";
            case "volume" -> "words=\"$(stowbook volume ls -q 2>/dev/null)\"";
            case "network" -> "words=\"$(stowbook network ls -q 2>/dev/null)\"";
            default -> command.name().equals("completion") ? "words=\"bash zsh fish\"" : "words=\"\"";
        };
    }

    private static String firstWords() {
        StringBuilder words = new StringBuilder("image network volume log");
        for (CommandSpec command : CommandTable.COMMANDS) {
            if (command.name().indexOf(' ') < 0) {
                words.append(' ').append(command.name());
            }
        }
        return words.toString();
    }

    private static String options(CommandSpec command) {
        StringBuilder words = new StringBuilder();
        for (List<OptionSpec> options : List.of(command.options(), CommandTable.COMMON)) {
            for (OptionSpec option : options) {
                words.append(words.isEmpty() ? "" : " ").append("--").append(option.name());
            }
        }
        return words.toString();
    }

    private static void fish(PrintStream out) {
        out.println("complete -c stowbook -n __fish_use_subcommand -f -a '" + firstWords() + "'");
        for (CommandSpec command : CommandTable.COMMANDS) {
            String[] words = command.name().split(" ");
            String condition = words.length == 1 ? "__fish_seen_subcommand_from " + words[0]
                    : "__fish_seen_subcommand_from " + words[0] + "; and __fish_seen_subcommand_from " + words[1];
            for (OptionSpec option : command.options()) {
                out.println("complete -c stowbook -n '" + condition + "'" + (option.letter() == 0 ? "" : " -s " + option.letter()) + " -l " + option.name()
                        + (option.takesValue() ? " -r" : "") + " -d '" + option.help().replace("'", "\\'") + "'");
            }
            String names = switch (command.completes()) {
                case "pod" -> "(stowbook pods -q 2>/dev/null)";
                case "container" -> "(stowbook pods -q 2>/dev/null; stowbook ps -a -q 2>/dev/null)";
                case "image" -> "(stowbook image ls -q 2>/dev/null)";
                case "volume" -> "(stowbook volume ls -q 2>/dev/null)";
                case "network" -> "(stowbook network ls -q 2>/dev/null)";
                default -> "";
            };
            if (!names.isEmpty()) {
                out.println("complete -c stowbook -n '" + condition + "' -f -a '" + names + "'");
            }
        }
        out.println("complete -c stowbook -n '__fish_seen_subcommand_from image' -f -a 'import load lock ls rm tag'");
        out.println("complete -c stowbook -n '__fish_seen_subcommand_from network' -f -a 'connect create disconnect inspect ls prune rm'");
        out.println("complete -c stowbook -n '__fish_seen_subcommand_from volume' -f -a 'create ls inspect rm prune'");
        out.println("complete -c stowbook -n '__fish_seen_subcommand_from log' -f -a 'verify truncate'");
    }
}
