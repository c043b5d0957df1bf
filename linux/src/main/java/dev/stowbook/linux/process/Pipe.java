package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.io.ByteArrayOutputStream;

/** A pipe (pipe(2)), both ends closed on exec. */
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {

    /** Makes one. */
    public static Pipe open() throws LinuxException {
        int[] ends = new int[2];
        try {
            ProcessCalls.pipe2(ends, LibC.O_CLOEXEC);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "pipe2", "");
        }
        return new Pipe(Fd.own(ends[0]), Fd.own(ends[1]));
    }

    /** Reads until all write ends are closed; this object's own must be closed first. Blocks. */
    public byte[] readAll() throws LinuxException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        while (true) {
            try {
                int count = (int) LibC.read(readEnd.number(), buffer, buffer.length);
                if (count == 0) {
                    return all.toByteArray();
                }
                all.write(buffer, 0, count);
            } catch (LastErrorException e) {
                if (e.getErrorCode() != Errno.EINTR) {
                    throw new LinuxException(e.getErrorCode(), "read", "pipe");
                }
            }
        }
    }

    @Override
    public void close() {
        readEnd.close();
        writeEnd.close();
    }
}
