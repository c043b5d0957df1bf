package dev.stowbook.linux.terminal;

import dev.stowbook.linux.LinuxException;

/**
 * A terminal behind a file descriptor of this process. Any thread.
 *
 * <p>Source: termios(3), ioctl_tty(2).
 */
public interface Terminal {

    /** The kernel's terminals. */
    static Terminal real() {
        return new LinuxTerminal();
    }

    /** Whether a descriptor is open and a terminal (isatty(3)). */
    boolean isTerminal(int fd);

    /** The size of its window. @throws LinuxException ENOTTY if it is no terminal */
    WindowSize size(int fd) throws LinuxException;

    /**
     * Sets raw mode (cfmakeraw(3)): every byte comes at once, nothing is echoed, no key makes a signal. Waits until what was
     * written before is out.
     *
     * @return puts the mode back that was there before; closing twice is harmless
     * @throws LinuxException ENOTTY if it is no terminal
     */
    RawMode raw(int fd) throws LinuxException;

    /**
     * Calls back on every SIGWINCH, on a thread of the JVM's own. Stays until the process ends; a later call replaces an earlier.
     */
    void onResize(Runnable action);

    /** Raw mode, until closed. */
    interface RawMode extends AutoCloseable {
        @Override
        void close();
    }
}
