package dev.stowbook.supervisor.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the host must have before anything is opened, each with one sentence if it has not. */
final class HostCheck {
    private static final int MAJOR = 6;
    private static final int MINOR = 1;

    private HostCheck() {}

    static void check() throws BootException {
        root();
        kernel(System.getProperty("os.version", ""));
    }

    private static void root() throws BootException {
        try {
            int uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            if (uid != 0) {
                throw new BootException(
                        "the daemon works with namespaces, mounts and cgroups and must run as root (it runs as uid " + uid
                                + "): use sudo");
            }
        } catch (IOException e) {
            throw new BootException("/proc is not mounted, and nothing works without it: mount it", e);
        }
    }

    static void kernel(String release) throws BootException {
        Matcher version = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(release);
        boolean known = version.matches();
        int major = known ? Integer.parseInt(version.group(1)) : 0;
        int minor = known ? Integer.parseInt(version.group(2)) : 0;
        if (known && (major < MAJOR || major == MAJOR && minor < MINOR)) {
            throw new BootException(
                    "the kernel is " + release + "; Stowbook needs " + MAJOR + "." + MINOR + " or newer: upgrade it");
        }
    }

    /** The id of this boot of the host. */
    static String bootId() throws BootException {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim();
        } catch (IOException e) {
            throw new BootException("/proc/sys/kernel/random/boot_id cannot be read: " + e.getMessage(), e);
        }
    }
}
