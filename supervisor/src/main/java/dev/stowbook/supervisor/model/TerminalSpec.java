package dev.stowbook.supervisor.model;

/**
 * What a container's standard streams are.
 *
 * @param tty whether they are a terminal
 * @param stdin whether standard input stays open for readers that attach; otherwise it is at its end from the beginning
 * @param stdinOnce whether it ends with the first reader that attached to it
 */
public record TerminalSpec(boolean tty, boolean stdin, boolean stdinOnce) {
    /** Pipes for output, no input. */
    public static TerminalSpec none() {
        return new TerminalSpec(false, false, false);
    }
}
