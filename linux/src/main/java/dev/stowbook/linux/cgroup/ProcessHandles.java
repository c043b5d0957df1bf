package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Processes by pidfd, so that a signal can't reach another process that got the number meanwhile (pidfd_open(2), Linux 5.3). */
public final class ProcessHandles {
    private static final int SIGKILL = 9;

    private ProcessHandles() {}

    /** A pidfd of a process; empty if there is no such process. The caller closes it. */
    public static Optional<Fd> open(int pid) throws LinuxException {
        try {
            return Optional.of(Fd.own((int) CgroupNative.syscall(CgroupNative.SYS_PIDFD_OPEN, pid, 0, 0, 0)));
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.ESRCH) {
                return Optional.empty();
            }
            throw new LinuxException(e.getErrorCode(), "pidfd_open", Integer.toString(pid));
        }
    }

    /** Sends SIGKILL. A process that is gone is success. */
    public static void kill(Fd pidfd) throws LinuxException {
        try {
            CgroupNative.syscall(CgroupNative.SYS_PIDFD_SEND_SIGNAL, pidfd.number(), SIGKILL, 0, 0);
        } catch (LastErrorException e) {
            if (e.getErrorCode() != Errno.ESRCH) {
                throw new LinuxException(e.getErrorCode(), "pidfd_send_signal SIGKILL", pidfd.procPath());
            }
        }
    }

    /**
     * Sends SIGKILL to processes of a group. Opens a pidfd of each, then signals those that are still in the group or below it: whoever
     * holds the number now, the pidfd means the process that was here when it was opened.
     */
    public static void killStillBelow(CgroupFiles files, Path directory, Set<Integer> pids) throws LinuxException {
        Map<Integer, Fd> handles = new HashMap<>();
        try {
            for (int pid : pids) {
                var handle = open(pid);
                if (handle.isPresent()) {
                    handles.put(pid, handle.get());
                }
            }
            Set<Integer> still = ProcessControl.processesBelow(files, directory);
            for (var entry : handles.entrySet()) {
                if (still.contains(entry.getKey())) {
                    kill(entry.getValue());
                }
            }
        } finally {
            handles.values().forEach(Fd::close);
        }
    }
}
