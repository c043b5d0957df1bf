package dev.stowbook.supervisor.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command has around it.
 *
 * @param in standard input
 * @param out standard output, buffered: flushed when the command ends, or by it
 * @param err standard error
 * @param variables environment variables
 * @param terminalOut whether standard output is a terminal
 * @param terminalErr whether standard error is one
 */
record Environment(
        InputStream in, PrintStream out, PrintStream err, Map<String, String> variables, boolean terminalOut, boolean terminalErr) {

    static Environment system() {
        // No PrintStream below the buffer: it would swallow what checkError is to tell.
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 16 * 1024), false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        // A FileInputStream without a buffer: what exec does not read stays for whoever reads on.
        InputStream in = new FileInputStream(FileDescriptor.in);
        return new Environment(in, out, err, System.getenv(), terminal(1), terminal(2));
    }

    /** Whether standard output is a pipe, whose reader may go when it has what it wanted, as head(1) does. */
    static boolean pipeOut() {
        return nameOf(1).startsWith("pipe:");
    }

    /** Whether a descriptor is a terminal, by its name: isatty(3) would need JNA, which takes longer to load than most commands run. */
    private static boolean terminal(int fd) {
        String name = nameOf(fd);
        return name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
    }

    private static String nameOf(int fd) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
        } catch (IOException e) {
            return "";
        }
    }

    boolean colour() {
        return terminalOut && variables.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(variables.get("TERM"));
    }
}
