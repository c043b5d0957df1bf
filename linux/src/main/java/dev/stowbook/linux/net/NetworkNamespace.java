package dev.stowbook.linux.net;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.ThrowAwayThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * Network namespaces (network_namespaces(7)), named by an open descriptor: of {@code /proc/PID/ns/net}, or of a file that one is
 * bind-mounted on. An open descriptor keeps its namespace alive. All methods may be called on any thread and leave its namespaces
 * alone.
 */
public final class NetworkNamespace {

    private NetworkNamespace() {}

    /**
     * Opens a namespace by path.
     *
     * @return a descriptor the caller closes
     * @throws LinuxException ENOENT and the rest of open(2)
     */
    public static Fd open(Path path) throws LinuxException {
        try {
            return Fd.own(LibC.open(path.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open", path.toString());
        }
    }

    /** Opens the namespace of the calling thread. @throws LinuxException what open(2) answers */
    public static Fd ofThisThread() throws LinuxException {
        return open(Path.of("/proc/thread-self/ns/net"));
    }

    /**
     * Makes a new namespace with nothing but a loopback link that is down. It lives as long as a descriptor, a process or a bind
     * mount holds it.
     *
     * @return a descriptor the caller closes
     * @throws LinuxException EPERM without CAP_SYS_ADMIN, ENOSPC beyond {@code user.max_net_namespaces}
     */
    public static Fd create() throws LinuxException {
        return ThrowAwayThread.call("netns", () -> {
            try {
                NetLibC.unshare(NetLibC.CLONE_NEWNET);
            } catch (LastErrorException e) {
                throw new LinuxException(e.getErrorCode(), "unshare", "CLONE_NEWNET");
            }
            return ofThisThread();
        });
    }

    /**
     * Runs something inside a namespace, on a platform thread of its own that ends with it: a thread that has called setns(2)
     * must never go back to a pool. Sockets opened inside stay bound to the namespace and may be used from anywhere afterwards.
     *
     * @param namespaceFd an open descriptor of the namespace; borrowed for the call
     * @throws LinuxException what setns(2) or the work answered
     */
    public static <T> T call(int namespaceFd, Callable<T> work) throws LinuxException {
        return ThrowAwayThread.call("netns", () -> {
            try {
                NetLibC.setns(namespaceFd, NetLibC.CLONE_NEWNET);
            } catch (LastErrorException e) {
                throw new LinuxException(e.getErrorCode(), "setns", "descriptor " + namespaceFd);
            }
            return work.call();
        });
    }

    /**
     * The namespace's inode number, its identity while it lives: what {@code readlink /proc/PID/ns/net} shows in brackets.
     *
     * @throws IOException if the descriptor is not open, or of something else than a network namespace
     */
    public static long inode(int namespaceFd) throws IOException {
        String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + namespaceFd)).toString();
        if (!link.startsWith("net:[")) {
            throw new IOException("descriptor " + namespaceFd + " is no network namespace but " + link);
        }
        return Long.parseLong(link.substring("net:[".length(), link.length() - 1));
    }
}
