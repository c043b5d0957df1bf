package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Listening unix sockets whose path may be longer than the 108 bytes of unix(7): they are bound through
 * {@code /proc/self/fd/<directory>/<name>}.
 */
public final class UnixListener {
    private static final int ADDRESS_BYTES = 110;

    private UnixListener() {}

    /**
     * Makes a listening stream socket, mode 0600 from its first instant.
     *
     * @param path must not exist
     * @return the socket, for a spawned process to accept on
     * @throws LinuxException EADDRINUSE if the path exists
     */
    public static Fd bind(Path path, int backlog) throws LinuxException {
        try (Fd directory = directory(path.getParent())) {
            Fd socket = Fd.own(ProcessCalls.socket(
                    ProcessCalls.AF_UNIX, ProcessCalls.SOCK_STREAM | ProcessCalls.SOCK_CLOEXEC, 0));
            try {
                ProcessCalls.fchmod(socket.number(), 0600); // unix(7): the new name takes the socket's own mode
                String name = directory.procPath() + "/" + path.getFileName();
                byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                // SAFETY: struct sockaddr_un: u16 family, char[108] with room for the NUL
                if (bytes.length > 107) {
                    throw new LinuxException(dev.stowbook.linux.Errno.ENAMETOOLONG, "bind", path.toString());
                }
                Memory address = new Memory(ADDRESS_BYTES);
                address.clear();
                address.setShort(0, (short) ProcessCalls.AF_UNIX);
                address.write(2, bytes, 0, bytes.length);
                ProcessCalls.bind(socket.number(), address, ADDRESS_BYTES);
                ProcessCalls.listen(socket.number(), backlog);
                return socket;
            } catch (LastErrorException | LinuxException e) {
                socket.close();
                throw e;
            }
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "bind", path.toString());
        }
    }

    /** Opens a directory (O_PATH), to reach a socket in it by {@code fd.procPath() + "/" + name}. */
    public static Fd directory(Path path) throws LinuxException {
        try {
            return Fd.own(LibC.open(path.toString(), LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open", path.toString());
        }
    }
}
