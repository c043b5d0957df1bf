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
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        // A FileInputStream without a buffer: what exec does not read stays for whoever reads on.
        InputStream in = new FileInputStream(FileDescriptor.in);
        return new Environment(in, new PrintStream(new BufferedOutputStream(out, 16 * 1024), false, StandardCharsets.UTF_8), err, System.getenv(),
                terminal(1), terminal(2));
    }

    /** Whether a descriptor is a terminal, by its name: isatty(3) would need JNA, which takes longer to load than most commands run. */
    private static boolean terminal(int fd) {
        try {
            String name = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
            return name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    boolean colour() {
        return terminalOut && variables.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(variables.get("TERM"));
    }
}
