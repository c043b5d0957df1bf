package dev.stowbook.linux.process;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;

/** Files that hold a namespace by a bind mount. */
public final class MountedFiles {
    private MountedFiles() {}

    /**
     * Detaches what is mounted on a file (umount2(2) with MNT_DETACH and UMOUNT_NOFOLLOW), until nothing is. Idempotent: nothing
     * mounted there, or no such file, is no error.
     */
    public static void detach(Path file) throws LinuxException {
        for (int i = 0; i < 16; i++) {
            try {
                ProcessCalls.umount2(file.toString(), ProcessCalls.MNT_DETACH | ProcessCalls.UMOUNT_NOFOLLOW);
            } catch (LastErrorException e) {
                if (e.getErrorCode() == Errno.EINVAL || e.getErrorCode() == Errno.ENOENT) {
                    return;
                }
                throw new LinuxException(e.getErrorCode(), "umount2", file.toString());
            }
        }
    }
}
