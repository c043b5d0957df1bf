package dev.stowbook.supervisor.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The words of a command line, sorted into options and operands.
 *
 * @param command which command
 * @param options values by option name; a flag has the value {@code true}
 * @param operands the rest, in order
 */
record Arguments(CommandSpec command, Map<String, List<String>> options, List<String> operands) {

    /** Parses a command line. @throws Failure with exit code 2 */
    static Arguments parse(String[] words) {
        return new Parser(words).parse();
    }

    boolean has(String name) {
        return options.containsKey(name);
    }

    @Nullable String option(String name) {
        List<String> values = options.get(name);
        return values == null ? null : values.get(values.size() - 1);
    }

    List<String> all(String name) {
        return options.getOrDefault(name, List.of());
    }

    String operand(int index) {
        return operands.get(index);
    }

    boolean json() {
        return "json".equals(option("output"));
    }

    /** What is said of a command that there is not: perhaps what was meant. */
    static String noCommand(String name) {
        int blank = name.indexOf(' ');
        String group = blank < 0 ? "" : name.substring(0, blank);
        List<String> there = blank < 0 ? CommandTable.firstWords() : CommandTable.wordsAfter(group);
        String meant = CommandTable.ELSEWHERE.getOrDefault(name, Nearest.to(name.substring(blank + 1), there)
                .map(word -> blank < 0 ? word : group + " " + word)
                .orElse(""));
        String advice = !meant.isEmpty() ? "did you mean 'stowbook " + meant + "'?"
                : blank < 0 ? "'stowbook help' lists them." : "there are " + String.join(", ", there) + ".";
        return "there is no command '" + name + "'; " + advice;
    }

    /** A whole number given with an option, if it was. */
    @Nullable Long number(String name) {
        String value = option(name);
        if (value == null) {
            return null;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through to the one sentence for every bad number
        }
        throw Failure.usage("--" + name + " takes a whole number, not '" + value + "'.");
    }

    private static final class Parser {
        private final String[] words;
        private final Map<String, List<String>> options = new HashMap<>();
        private final List<String> operands = new ArrayList<>();
        private @Nullable CommandSpec command;
        private @Nullable String group;
        private int at;

        Parser(String[] words) {
            this.words = words;
        }

        Arguments parse() {
            boolean onlyOperands = false;
            while (at < words.length) {
                String word = words[at++];
                if (onlyOperands || word.length() < 2 || word.charAt(0) != '-') {
                    operand(word);
                    onlyOperands |= command != null && command.endsWithProgram() && !operands.isEmpty();
                    if (onlyOperands && operands.size() == 1 && at < words.length && words[at].equals("--")) {
                        at++;
                    }
                } else if (word.equals("--")) {
                    onlyOperands = true;
                } else if (word.equals("--version") && command == null) {
                    operand("version"); // as everywhere
                } else if (word.startsWith("--")) {
                    longOption(word.substring(2));
                } else {
                    letters(word);
                }
            }
            return finish();
        }

        private Arguments finish() {
            CommandSpec found = command;
            if (found == null && group != null && !has("help")) {
                throw Failure.usage("'" + group + "' needs one more word: " + String.join(", ", CommandTable.wordsAfter(group)) + ".");
            }
            if (found == null) {
                found = Objects.requireNonNull(CommandTable.find("help"));
                if (group != null) {
                    operands.add(0, group);
                }
            } else if (!has("help") && (operands.size() < found.least() || operands.size() > found.most())) {
                throw Failure.usage((operands.size() < found.least() ? "something is missing" : "'" + operands.get(found.most()) + "' is too much")
                        + "; the form is: " + found.form() + ".");
            }
            return new Arguments(found, options, operands);
        }

        private boolean has(String name) {
            return options.containsKey(name);
        }

        private void operand(String word) {
            if (command != null) {
                operands.add(word);
                return;
            }
            if (group == null && CommandTable.isGroup(word)) {
                group = word;
                return;
            }
            String name = group == null ? word : group + " " + word;
            command = CommandTable.find(name);
            if (command == null) {
                throw Failure.usage(noCommand(name));
            }
        }

        private void longOption(String text) {
            int equals = text.indexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals);
            OptionSpec option = find(name, (char) 0);
            if (option == null) {
                throw unknown("--" + name);
            }
            if (!option.takesValue()) {
                if (equals >= 0) {
                    throw Failure.usage("--" + name + " takes no value.");
                }
                put(option, "true");
            } else {
                put(option, equals >= 0 ? text.substring(equals + 1) : next("--" + name, option));
            }
        }

        private void letters(String word) {
            for (int i = 1; i < word.length(); i++) {
                OptionSpec option = find("", word.charAt(i));
                if (option == null) {
                    throw unknown("-" + word.charAt(i));
                }
                if (!option.takesValue()) {
                    put(option, "true");
                } else {
                    put(option, i + 1 < word.length() ? word.substring(i + 1) : next("-" + word.charAt(i), option));
                    return;
                }
            }
        }

        private Failure unknown(String written) {
            List<String> known = Stream.concat(command == null ? Stream.empty() : command.options().stream(), CommandTable.COMMON.stream())
                    .map(option -> "--" + option.name())
                    .toList();
            Optional<String> meant = written.startsWith("--") ? Nearest.to(written, known) : Optional.empty();
            String advice = meant.map(nearest -> "did you mean " + nearest + "?")
                    .orElse(command == null ? "those of a command come after it." : "'stowbook " + command.name() + " --help' lists them.");
            String what = command == null ? "there is no option " + written + " before the command" : "'" + command.name() + "' has no option " + written;
            return Failure.usage(what + "; " + advice);
        }

        private String next(String written, OptionSpec option) {
            if (at >= words.length) {
                throw Failure.usage(written + " needs a value: " + option.value() + ".");
            }
            return words[at++];
        }

        private void put(OptionSpec option, String value) {
            List<String> choices = option.choices();
            if (!choices.isEmpty() && !choices.contains(value)) {
                String allButOne = String.join(", ", choices.subList(0, choices.size() - 1));
                throw Failure.usage("--" + option.name() + " takes " + allButOne + " or " + choices.getLast() + ", not '" + value + "'.");
            }
            options.computeIfAbsent(option.name(), name -> new ArrayList<>()).add(value);
        }

        private @Nullable OptionSpec find(String name, char letter) {
            OptionSpec found = command == null ? null : find(command.options(), name, letter);
            return found != null ? found : find(CommandTable.COMMON, name, letter);
        }

        private static @Nullable OptionSpec find(List<OptionSpec> options, String name, char letter) {
            for (OptionSpec option : options) {
                if (letter == 0 ? option.name().equals(name) : option.letter() == letter) {
                    return option;
                }
            }
            return null;
        }
    }
}
