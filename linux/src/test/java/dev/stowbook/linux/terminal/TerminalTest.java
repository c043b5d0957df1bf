package dev.stowbook.linux.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private static final long TIOCSPTLCK = 0x40045431;
    private final Terminal terminal = Terminal.real();

    /** A new pseudo-terminal, both ends. */
    private record Pty(Fd master, Fd slave) implements AutoCloseable {
        static Pty open() {
            Fd master = Fd.own(LibC.open("/dev/ptmx", LibC.O_RDWR | LibC.O_CLOEXEC | 0x100, 0));
            Termios.ioctl(master.number(), TIOCSPTLCK, new byte[4]);
            return new Pty(master, Fd.own(peer(master)));
        }

        private static int peer(Fd master) {
            byte[] number = new byte[4];
            Termios.ioctl(master.number(), 0x80045430L, number); // TIOCGPTN
            return LibC.open("/dev/pts/" + (number[0] & 0xff | (number[1] & 0xff) << 8), LibC.O_RDWR | LibC.O_CLOEXEC | 0x100, 0);
        }

        @Override
        public void close() {
            slave.close();
            master.close();
        }
    }

    @Test
    void rawModeDeliversEveryByteAtOnceAndIsUndoneOnClose() throws Exception {
        try (Pty pty = Pty.open()) {
            String before = stty(pty.slave());
            assertTrue(before.contains(" icanon") && before.contains(" echo "), before);
            try (Terminal.RawMode raw = terminal.raw(pty.slave().number())) {
                String during = stty(pty.slave());
                assertTrue(during.contains("-icanon") && during.contains("-echo ") && during.contains("-isig") && during.contains("-opost"), during);
                LibC.write(pty.master().number(), new byte[] {3}, 1);
                byte[] got = new byte[10];
                assertEquals(1, LibC.read(pty.slave().number(), got, 10));
                assertEquals(3, got[0]);
            }
            assertEquals(before, stty(pty.slave()));
        }
    }

    @Test
    void theWindowsSizeIsWhatTheKernelHas() throws Exception {
        try (Pty pty = Pty.open()) {
            Process process = new ProcessBuilder("stty", "-F", path(pty.slave()), "rows", "43", "cols", "301").start();
            assertEquals(0, process.waitFor());
            assertEquals(new WindowSize(43, 301), terminal.size(pty.slave().number()));
        }
    }

    @Test
    void whatIsNoTerminalIsSaidToBeNone() {
        try (Fd file = Fd.own(LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC, 0)); Pty pty = Pty.open()) {
            assertFalse(terminal.isTerminal(file.number()));
            assertFalse(terminal.isTerminal(99999));
            assertTrue(terminal.isTerminal(pty.slave().number()));
            assertEquals(Errno.ENOTTY, assertThrows(LinuxException.class, () -> terminal.size(file.number())).errno());
            assertEquals(Errno.ENOTTY, assertThrows(LinuxException.class, () -> terminal.raw(file.number())).errno());
        }
    }

    @Test
    void aChangedWindowIsNoticed() throws Exception {
        CountDownLatch noticed = new CountDownLatch(1);
        terminal.onResize(noticed::countDown);
        new ProcessBuilder("kill", "-WINCH", Long.toString(ProcessHandle.current().pid())).start().waitFor();
        assertTrue(noticed.await(60, TimeUnit.SECONDS));
    }

    private static String path(Fd fd) throws IOException {
        return Path.of(fd.procPath()).toRealPath().toString();
    }

    private static String stty(Fd fd) throws Exception {
        Process process = new ProcessBuilder("stty", "-F", path(fd), "-a").start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return out.replace('\n', ' ');
    }
}
