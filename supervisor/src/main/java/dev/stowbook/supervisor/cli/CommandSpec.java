package dev.stowbook.supervisor.cli;

import java.util.List;

/**
 * A command, as help and completion show it and as arguments are checked.
 *
 * @param name one word or two: {@code image load}
 * @param operands how help shows what follows the options: {@code NAME...}
 * @param least how many operands at least
 * @param most how many at most
 * @param summary one short line
 * @param more what its own page says besides; may be empty
 * @param options its own, beyond those of every command
 * @param completes what its operands name, in any order: {@code pod}, {@code container}, {@code image}, {@code volume}, {@code network},
 *     {@code file}; may be empty
 */
record CommandSpec(
        String name, String operands, int least, int most, String summary, String more, List<OptionSpec> options, String completes) {

    /** The same with more to say. */
    CommandSpec more(String text) {
        return new CommandSpec(name, operands, least, most, summary, text, options, completes);
    }

    /** Its first word if it has two, else nothing. */
    String group() {
        return name.substring(0, Math.max(0, name.indexOf(' ')));
    }

    String firstWord() {
        return group().isEmpty() ? name : group();
    }

    String lastWord() {
        return name.substring(name.indexOf(' ') + 1);
    }

    /** How it is called: {@code stowbook image load [FILE|-]}. */
    String form() {
        return "stowbook " + name + (operands.isEmpty() ? "" : " " + operands);
    }

    /** Whether options end at the first operand, since what follows is another program's. */
    boolean endsWithProgram() {
        return name.equals("exec");
    }
}
