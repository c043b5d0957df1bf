package dev.stowbook.supervisor.cli;

import java.util.List;

/**
 * A command, as help and completion show it and as arguments are checked.
 *
 * @param name one word or two: {@code image load}
 * @param operands how help shows what follows the options: {@code NAME...}
 * @param least how many operands at least
 * @param most how many at most
 * @param summary one line
 * @param options its own, beyond those of every command
 * @param completes what its operands name: {@code pod}, {@code container}, {@code image}, {@code volume}, {@code file}, or nothing
 */
record CommandSpec(String name, String operands, int least, int most, String summary, List<OptionSpec> options, String completes) {

    /** Whether options end at the first operand, since what follows is another program's. */
    boolean endsWithProgram() {
        return name.equals("exec");
    }
}
