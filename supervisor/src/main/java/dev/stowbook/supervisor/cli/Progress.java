package dev.stowbook.supervisor.cli;

import java.io.PrintStream;

/** One line on a terminal that says how far long work is; silent elsewhere. */
final class Progress {
    private static final long EVERY_NANOS = 100_000_000L;

    private final PrintStream err;
    private final boolean shown;
    private long next;
    private boolean drawn;

    Progress(Environment environment) {
        this.err = environment.err();
        this.shown = environment.terminalErr();
    }

    void show(String text) {
        long now = System.nanoTime();
        if (shown && (!drawn || now - next >= 0)) {
            next = now + EVERY_NANOS;
            drawn = true;
            err.print("\r\u001b[K" + Table.printable(text));
            err.flush();
        }
    }

    void clear() {
        if (drawn) {
            err.print("\r\u001b[K");
            err.flush();
            drawn = false;
        }
    }
}
