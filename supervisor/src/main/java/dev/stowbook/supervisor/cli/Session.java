package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command being carried out.
 *
 * @param arguments what was asked
 * @param environment what is around it
 * @param api whom to ask
 */
record Session(Arguments arguments, Environment environment, Api api) {

    PrintStream out() {
        return environment.out();
    }

    PrintStream err() {
        return environment.err();
    }

    void print(Table table) {
        table.print(out(), environment.colour());
    }

    /** Prints an answer that is an array as it came, an object as an array of one. */
    void printJson(byte[] answer) {
        boolean array = answer.length > 0 && answer[0] == '[';
        if (!array) {
            out().print('[');
        }
        out().write(answer, 0, answer.length);
        out().println(array ? "" : "]");
    }

    /** Passes a body on to standard output as it comes. @return a failure's code if nobody takes it any more */
    int passOn(InputStream in) throws IOException {
        byte[] buffer = new byte[32 * 1024];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            out().write(buffer, 0, count);
            // checkError flushes; it reports a full disk, or a reader that went away, such as head.
            if (out().checkError()) {
                return ExitCode.FAILURE;
            }
        }
        return ExitCode.OK;
    }

    void printJson(List<byte[]> answers) {
        out().print('[');
        for (int i = 0; i < answers.size(); i++) {
            out().print(i == 0 ? "" : ",");
            out().write(answers.get(i), 0, answers.get(i).length);
        }
        out().println("]");
    }

    /** What is to be done for each of several names. */
    interface Each {
        /** @return the answer, JSON */
        byte[] apply(String name) throws IOException;
    }

    /** Does it for every operand, also after one failed; prints each answer, and returns the first failure's code. */
    int forEach(String done, Each each) throws IOException {
        List<byte[]> answers = new ArrayList<>();
        int code = ExitCode.OK;
        for (String name : arguments.operands()) {
            try {
                byte[] answer = each.apply(name);
                answers.add(answer);
                if (!arguments.json()) {
                    out().println(name + " " + done);
                }
            } catch (Failure failure) {
                code = code == ExitCode.OK ? failure.exitCode() : code;
                report(failure, err());
            }
        }
        if (arguments.json()) {
            printJson(answers);
        }
        return code;
    }

    static void report(Failure failure, PrintStream err) {
        for (String line : failure.lines()) {
            err.println(Table.printable(line));
        }
        err.println("stowbook: " + Table.printable(failure.sentence()));
    }

    static byte[] utf8(@Nullable String text) {
        return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    }
}
