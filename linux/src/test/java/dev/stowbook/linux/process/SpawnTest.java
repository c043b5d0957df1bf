package dev.stowbook.linux.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpawnTest {
    private static SealedProgram shell() throws Exception {
        return SealedProgram.executable("test-shell", Files.readAllBytes(Path.of("/bin/busybox")));
    }

    /** Runs busybox with a pipe as descriptor 3, and answers what it wrote there. */
    private static String run(List<String> argv, List<Fd> more) throws Exception {
        try (SealedProgram program = shell();
                Pipe pipe = Pipe.open()) {
            List<Fd> descriptors = new ArrayList<>(List.of(pipe.writeEnd()));
            descriptors.addAll(more);
            int pid = Spawn.program(program.fd(), argv, descriptors);
            pipe.writeEnd().close();
            String said = new String(pipe.readAll(), StandardCharsets.UTF_8);
            Spawn.reap(pid);
            return said;
        }
    }

    @Test
    void exitCodesAndSignalsAreTrueAndNoZombieStays() throws Exception {
        try (SealedProgram program = shell()) {
            int exited = Spawn.program(program.fd(), List.of("sh", "-c", "exit 42"), List.of());
            assertEquals(42, Spawn.reap(exited));
            assertFalse(Files.exists(Path.of("/proc/" + exited)));
            int killed = Spawn.program(program.fd(), List.of("sh", "-c", "kill -TERM $$"), List.of());
            assertEquals(143, Spawn.reap(killed));
            assertEquals(10, assertThrows(LinuxException.class, () -> Spawn.reap(killed)).errno(), "ECHILD: it was reaped already");
        }
    }

    @Test
    void theChildHasTheListedDescriptorsInTheirOrder() throws Exception {
        Path file = Files.createTempFile("stowbook-test-", "");
        try (Fd first = Fd.own(LibC.open(file.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0))) {
            String said = run(List.of("sh", "-c", "readlink /proc/self/fd/0 >&3; readlink /proc/self/fd/2 >&3; readlink /proc/self/fd/4 >&3; "
                    + "readlink /proc/self/fd/5 >&3"), List.of(first, first));
            assertEquals("/dev/null\n/dev/null\n" + file + "\n" + file + "\n", said);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void theChildIsInASessionOfItsOwnWithNoEnvironmentAndNoSignalBlocked() throws Exception {
        String said = run(List.of("sh", "-c", "echo $$ >&3; cat /proc/self/stat >&3; cat /proc/$$/environ >&3; grep -E 'Sig(Blk|Ign)' /proc/self/status >&3"), List.of());
        String[] lines = said.split("\n");
        assertEquals(lines[0], lines[1].replaceAll(".*\\) ", "").split(" ")[3], "session");
        assertEquals("SigBlk:\t0000000000000000", lines[2]);
        // glibc leaves its own two signals (32, 33) ignored, and busybox's shell ignores SIGQUIT
        assertEquals(0, Long.parseUnsignedLong(lines[3].substring(8), 16) & ~0x180000004L, lines[3]);
    }

    @Test
    void aSealedProgramRefusesWrites() throws Exception { // CVE-2019-5736
        try (SealedProgram program = SealedProgram.data("sealed", new byte[] {1, 2, 3})) {
            assertEquals(1, assertThrows(LastErrorException.class, () -> LibC.write(program.fd().number(), new byte[1], 1)).getErrorCode());
            assertThrows(java.io.IOException.class, () -> {
                try (var channel = Files.newByteChannel(Path.of(program.fd().procPath()), java.nio.file.StandardOpenOption.WRITE)) {
                    channel.write(java.nio.ByteBuffer.allocate(1));
                }
            });
            assertEquals(3, Files.readAllBytes(Path.of(program.fd().procPath())).length);
        }
    }

    @Test
    void whatIsNoProgramIsAnError() throws Exception {
        try (SealedProgram program = SealedProgram.executable("rubbish", new byte[] {1, 2, 3})) {
            LinuxException e = assertThrows(LinuxException.class, () -> Spawn.program(program.fd(), List.of("x"), List.of()));
            assertEquals(8, e.errno(), "ENOEXEC");
        }
    }

    @Test
    void anIdentityIsOneProcessAndNoOther() throws Exception {
        try (SealedProgram program = shell()) {
            int pid = Spawn.program(program.fd(), List.of("sleep", "60"), List.of());
            ProcessIdentity identity = ProcessIdentity.of(pid).orElseThrow();
            assertTrue(identity.isAlive());
            assertFalse(new ProcessIdentity(pid, identity.startTicks() + 1, identity.bootId()).isAlive());
            assertFalse(new ProcessIdentity(pid, identity.startTicks(), "another boot").isAlive());
            assertTrue(PidFd.open(new ProcessIdentity(pid, identity.startTicks() + 1, identity.bootId())).isEmpty());
            try (PidFd fd = PidFd.open(identity).orElseThrow()) {
                assertFalse(fd.awaitEnd(10));
                assertTrue(fd.signal(9));
                assertTrue(fd.awaitEnd(5000));
                assertFalse(identity.isAlive(), "a zombie does not live");
                assertEquals(137, Spawn.reap(pid));
                assertFalse(fd.signal(9));
            }
            assertTrue(PidFd.open(identity).isEmpty());
            assertTrue(ProcessIdentity.of(pid).isEmpty());
        }
    }

    @Test
    void aListenersPathMayBeLongAndItsModeIs0600() throws Exception {
        Path directory = Files.createTempDirectory("stowbook-test-");
        Path deep = Files.createDirectories(directory.resolve("d".repeat(100)).resolve("e".repeat(100)));
        Path path = deep.resolve("control");
        try (Fd listening = UnixListener.bind(path, 1);
                Fd opened = UnixListener.directory(deep);
                var channel = java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            assertEquals("rw-------", java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            assertTrue(channel.connect(java.net.UnixDomainSocketAddress.of(opened.procPath() + "/control")));
            assertEquals(98, assertThrows(LinuxException.class, () -> UnixListener.bind(path, 1)).errno());
            assertTrue(listening.number() > 2);
        } finally {
            Files.delete(path);
            Files.delete(deep);
            Files.delete(deep.getParent());
            Files.delete(directory);
        }
    }

    @Test
    void aLockIsOneHoldersUntilItEnds() throws Exception {
        Path file = Files.createTempFile("stowbook-test-", "lock");
        FileLock first = FileLock.tryLock(file).orElseThrow();
        assertTrue(FileLock.tryLock(file).isEmpty());
        first.close();
        FileLock second = FileLock.tryLock(file).orElseThrow();
        second.close();
        Files.delete(file);
    }

    @Test
    void detachingWhatIsNotMountedIsNoError() throws Exception {
        MountedFiles.detach(Path.of("/tmp/stowbook-test-no-such-file"));
        Path file = Files.createTempFile("stowbook-test-", "");
        MountedFiles.detach(file);
        assertTrue(Files.exists(file));
        Files.delete(file);
    }
}
