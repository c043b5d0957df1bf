package dev.stowbook.linux.terminal;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import sun.misc.Signal;

/** The kernel's terminals. */
final class LinuxTerminal implements Terminal {

    @Override
    public boolean isTerminal(int fd) {
        try {
            return Termios.isatty(fd) == 1;
        } catch (LastErrorException e) {
            // isatty(3) reports "no" as 0 with errno ENOTTY or EBADF: not a failure.
            return false;
        }
    }

    @Override
    public WindowSize size(int fd) throws LinuxException {
        byte[] winsize = new byte[Termios.WINSIZE_BYTES];
        try {
            Termios.ioctl(fd, Termios.TIOCGWINSZ, winsize);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "ioctl TIOCGWINSZ", "descriptor " + fd);
        }
        ByteBuffer words = ByteBuffer.wrap(winsize).order(ByteOrder.nativeOrder());
        return new WindowSize(words.getShort() & 0xffff, words.getShort() & 0xffff);
    }

    @Override
    public RawMode raw(int fd) throws LinuxException {
        byte[] before = new byte[Termios.TERMIOS_BYTES];
        byte[] raw;
        try {
            Termios.tcgetattr(fd, before);
            raw = before.clone();
            Termios.cfmakeraw(raw);
            Termios.tcsetattr(fd, Termios.TCSADRAIN, raw);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "tcsetattr", "descriptor " + fd);
        }
        AtomicBoolean restored = new AtomicBoolean();
        return () -> {
            if (restored.compareAndSet(false, true)) {
                restore(fd, before);
            }
        };
    }

    private static void restore(int fd, byte[] before) {
        try {
            Termios.tcsetattr(fd, Termios.TCSADRAIN, before);
        } catch (LastErrorException e) {
            // The terminal is gone (EIO after a hangup): there is nothing left to restore.
        }
    }

    @Override
    public void onResize(Runnable action) {
        Signal.handle(new Signal("WINCH"), signal -> action.run());
    }
}
