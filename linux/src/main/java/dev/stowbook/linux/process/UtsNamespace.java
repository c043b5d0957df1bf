package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.ThrowAwayThread;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** UTS namespaces (uts_namespaces(7)), named by a file that one is bind-mounted on, or by {@code /proc/PID/ns/uts}. */
public final class UtsNamespace {
    private UtsNamespace() {}

    /**
     * Sets the host name of a namespace. Blocks for about a tenth of a millisecond; may be called on any thread, whose own namespace
     * stays what it is. Idempotent.
     *
     * @param file of the namespace
     * @param name at most 64 bytes (sethostname(2))
     * @throws LinuxException ENOENT without the file, EINVAL if it is of no UTS namespace or the name too long, EPERM without
     *     CAP_SYS_ADMIN
     */
    public static void setHostName(Path file, String name) throws LinuxException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        ThrowAwayThread.call("uts", () -> {
            // SAFETY: only this thread changes its namespace, and it ends here; the kernel reads `length` bytes of the array.
            try (Fd fd = Fd.own(LibC.open(file.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0))) {
                ProcessCalls.setns(fd.number(), ProcessCalls.CLONE_NEWUTS);
                return ProcessCalls.sethostname(bytes, bytes.length);
            } catch (LastErrorException e) {
                throw new LinuxException(e.getErrorCode(), "sethostname", file.toString());
            }
        });
    }
}
