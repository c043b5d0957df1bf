package dev.stowbook.linux.terminal;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/**
 * The C library's terminal calls.
 *
 * <p>SAFETY: {@code struct termios} of glibc and musl has 60 bytes on x86-64 and aarch64 (four flag words, c_line, 32 control
 * characters, two speeds); it is passed through unread in an array of {@link #TERMIOS_BYTES}, more than enough. {@code struct
 * winsize} has four 16-bit words. ioctl is variadic; its integer and pointer arguments travel in the same registers as fixed ones
 * on both processors. errno is read by JNA on the same call.
 */
final class Termios {
    static final int TERMIOS_BYTES = 128;
    static final int WINSIZE_BYTES = 8;
    static final int TCSADRAIN = 1;
    static final int TCSAFLUSH = 2;
    /** asm-generic/ioctls.h, the same on x86-64 and aarch64. */
    static final long TIOCGWINSZ = 0x5413;

    static {
        Native.register(Termios.class, "c");
    }

    private Termios() {}

    static native int isatty(int fd) throws LastErrorException;

    static native int tcgetattr(int fd, byte[] termios) throws LastErrorException;

    static native int tcsetattr(int fd, int when, byte[] termios) throws LastErrorException;

    static native void cfmakeraw(byte[] termios);

    static native int ioctl(int fd, long request, byte[] argument) throws LastErrorException;
}
