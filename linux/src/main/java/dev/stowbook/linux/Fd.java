package dev.stowbook.linux;

import com.sun.jna.LastErrorException;

/**
 * An owned file descriptor. Not safe for use by two threads at once; closing twice is harmless.
 */
public final class Fd implements AutoCloseable {
    private int number;

    private Fd(int number) {
        this.number = number;
    }

    /** Takes ownership of an open descriptor. */
    public static Fd own(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("not a descriptor: " + number);
        }
        return new Fd(number);
    }

    /** The descriptor's number. @throws IllegalStateException after close or release */
    public int number() {
        if (number < 0) {
            throw new IllegalStateException("descriptor is closed");
        }
        return number;
    }

    /** Hands the descriptor to the caller, who closes it; this object then holds nothing. */
    public int release() {
        int n = number();
        number = -1;
        return n;
    }

    /** A path that names the open file: {@code /proc/self/fd/N}. Valid in this process while open. */
    public String procPath() {
        return "/proc/self/fd/" + number();
    }

    /** Closes it; errors of close(2) are of no use to anybody and are dropped. */
    @Override
    public void close() {
        if (number >= 0) {
            int n = number;
            number = -1;
            try {
                LibC.close(n);
            } catch (LastErrorException e) {
                // SAFETY: on Linux the descriptor is gone even if close(2) reports EINTR or EIO.
            }
        }
    }
}
