package dev.stowbook.supervisor.cli;

import java.util.List;
import java.util.Locale;

/**
 * An option of a command.
 *
 * @param name without dashes: {@code follow}
 * @param letter its short form, 0 if it has none
 * @param value how help calls its value; empty if it takes none
 * @param help what it does
 */
record OptionSpec(String name, char letter, String value, String help) {

    static OptionSpec flag(String name, char letter, String help) {
        return new OptionSpec(name, letter, "", help);
    }

    static OptionSpec value(String name, char letter, String value, String help) {
        return new OptionSpec(name, letter, value, help);
    }

    boolean takesValue() {
        return !value.isEmpty();
    }

    /** The values it takes, if they are words: {@code table|json}. */
    List<String> choices() {
        return value.indexOf('|') > 0 && value.equals(value.toLowerCase(Locale.ROOT)) ? List.of(value.split("\\|")) : List.of();
    }

    /** As help shows it: {@code -n, --tail N}. */
    String title() {
        String dashed = letter == 0 ? "    --" + name : "-" + letter + ", --" + name;
        return takesValue() ? dashed + " " + value : dashed;
    }
}
