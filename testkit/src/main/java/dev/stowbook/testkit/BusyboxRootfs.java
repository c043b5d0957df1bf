package dev.stowbook.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A small root file system made of the host's static busybox: {@code /bin/busybox}, a symbolic link for each of its applets, the
 * usual directories, and an {@code /etc/passwd} and {@code /etc/group} with {@code root} and {@code nobody}.
 */
public final class BusyboxRootfs {
    private static final List<Path> HOST_BUSYBOX = List.of(Path.of("/bin/busybox"), Path.of("/usr/bin/busybox"));
    private static final List<String> DIRECTORIES =
            List.of("bin", "sbin", "usr/bin", "usr/sbin", "etc", "dev", "proc", "sys", "root", "var", "run", "home");

    private BusyboxRootfs() {}

    /**
     * Fills a directory, which is made if it is not there.
     *
     * @return the directory
     * @throws IOException also if the host has no busybox: install {@code busybox-static}
     */
    public static Path create(Path directory) throws IOException {
        Path busybox = HOST_BUSYBOX.stream().filter(Files::isExecutable).findFirst().orElseThrow(() ->
                new IOException("no busybox at " + HOST_BUSYBOX + ": apt-get install busybox-static"));
        for (String name : DIRECTORIES) {
            Files.createDirectories(directory.resolve(name));
        }
        Path tmp = Files.createDirectories(directory.resolve("tmp"));
        // Java cannot set the sticky bit through PosixFilePermissions; the unix view can.
        Files.setAttribute(tmp, "unix:mode", 01777);
        Path copy = directory.resolve("bin/busybox");
        Files.copy(busybox, copy);
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String applet : applets(busybox)) {
            link(directory, applet);
        }
        Files.writeString(directory.resolve("etc/passwd"),
                "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
        Files.writeString(directory.resolve("etc/group"), "root:x:0:\nnogroup:x:65534:\n");
        return directory;
    }

    /** {@code busybox --list-full} prints one path an applet, such as {@code bin/sh}. */
    private static List<String> applets(Path busybox) throws IOException {
        Process list = new ProcessBuilder(busybox.toString(), "--list-full").redirectErrorStream(true).start();
        String output = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (list.waitFor() != 0) {
                throw new IOException(busybox + " --list-full failed: " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while listing the applets of " + busybox, e);
        }
        return output.lines().filter(line -> !line.isBlank() && !line.equals("bin/busybox")).toList();
    }

    private static void link(Path directory, String applet) throws IOException {
        Path link = directory.resolve(applet);
        Files.createDirectories(link.getParent());
        try {
            // Relative, so that it means the same before and after the directory has become the root.
            Files.createSymbolicLink(link, link.getParent().relativize(directory.resolve("bin/busybox")));
        } catch (FileAlreadyExistsException e) {
            // An applet may be listed at a path that was made before, such as linuxrc.
            return;
        }
    }
}
