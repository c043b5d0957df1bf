package dev.stowbook.linux.mount;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * mount(2) with all options in one page, for kernels whose fsconfig(2) cannot take them; made detached all the same. Stateless.
 *
 * <p>SAFETY: unshare(2), chdir(2) and mount(2) change the calling thread's mount namespace and, because CLONE_NEWNS implies CLONE_FS, its own
 * working directory only. They run on a platform thread that ends with the call, so no other thread ever sees either. The page is a
 * NUL-terminated copy of at most 4096 bytes; the kernel keeps no pointer to it.
 */
final class OptionPage {
    private static final int CLONE_NEWNS = 0x20000;
    private static final long MS_REC = 0x4000;
    private static final long MS_PRIVATE = 0x40000;

    private static final String DESCRIPTORS = "/proc/self/fd";

    private OptionPage() {}

    static Fd mount(String type, List<String> directories, Function<List<String>, String> options, String target)
            throws LinuxException {
        CompletableFuture<Fd> mounted = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("stowbook-mount").start(() -> {
            try {
                mounted.complete(mountHere(type, directories, options, target));
            } catch (LinuxException | RuntimeException | Error e) {
                mounted.completeExceptionally(e);
            }
        });
        try {
            return mounted.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof LinuxException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static Fd mountHere(String type, List<String> directories, Function<List<String>, String> options, String target)
            throws LinuxException {
        List<Fd> opened = new ArrayList<>();
        String call = "unshare";
        String about = "mount namespace";
        try {
            NativeMount.unshare(CLONE_NEWNS);
            call = "mount";
            about = "/";
            NativeMount.mount(terminated("none"), terminated("/"), terminated("none"), MS_REC | MS_PRIVATE, terminated(""));
            call = "open";
            for (String directory : directories) {
                about = directory;
                // only now: file systems are made of what this namespace has, and an earlier descriptor is of another one
                opened.add(Fd.own((int) NativeMount.syscall(
                        NativeMount.SYS_OPEN_TREE, LibC.AT_FDCWD, terminated(directory), LibC.O_CLOEXEC)));
            }
            call = "chdir";
            about = DESCRIPTORS;
            NativeMount.chdir(terminated(DESCRIPTORS));
            call = "mount " + type;
            about = options.apply(opened.stream().map(fd -> Integer.toString(fd.number())).toList());
            NativeMount.mount(terminated("stowbook"), terminated(target), terminated(type), 0, terminated(about));
            call = "open_tree";
            about = target;
            return Fd.own((int) NativeMount.syscall(
                    NativeMount.SYS_OPEN_TREE, LibC.AT_FDCWD, terminated(target), MountCalls.OPEN_TREE_CLONE | LibC.O_CLOEXEC));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), call, about);
        } finally {
            opened.forEach(Fd::close);
        }
    }

    private static byte[] terminated(String text) {
        return (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
    }
}
